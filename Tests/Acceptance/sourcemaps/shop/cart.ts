export interface Item {
  name: string;
  price: number;
}

export class Cart {
  private readonly items: Item[] = [];

  add(item: Item): void {
    this.items.push(item);
  }

  /** What the customer pays; there must be something to pay for. */
  total(): number {
    if (this.items.length === 0) {
      throw new RangeError("the cart is empty");
    }
    return this.items.reduce((sum, item) => sum + item.price, 0);
  }
}
