import { Cart } from "./cart";

declare const Sentry: {
  init(options: object): void;
  captureException(error: unknown): void;
};
declare const shop: { dsn: string; release: string; envelope: string; key: string; events: string };

function checkout(cart: Cart): string {
  return `to pay: ${cart.total()}`;
}

function onClick(): void {
  try {
    checkout(new Cart());
  } catch (error) {
    Sentry.captureException(error);
    void report(error as Error);
  }
}

/** The same as a stack alone, without any SDK. */
function report(error: Error): Promise<Response> {
  return fetch(shop.events, {
    method: "POST",
    headers: { authorization: `Bearer ${shop.key}` },
    body: JSON.stringify({
      type: "RawStack", message: error.message, stack: error.stack, release: shop.release,
      platform: "javascript",
    }),
  });
}

Sentry.init({ dsn: shop.dsn, release: shop.release });
onClick();
