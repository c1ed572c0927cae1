// What a page does, with any SDK that is `Sentry` or `Raven`. `shop` is set by the page.
"use strict";

function pay(amount) {
  throw new RangeError("card declined for " + amount);
}

function capture(amount) {
  try {
    pay(amount);
  } catch (error) {
    sdk.captureException(error);
  }
}

var isRaven = typeof Raven !== "undefined";
var sdk = isRaven ? Raven : Sentry;
if (isRaven) {
  sdk.config(shop.dsn, { release: shop.release, environment: shop.environment }).install();
  sdk.setUserContext({ id: "alice", email: "alice@example.org" });
  sdk.captureBreadcrumb({ category: "shop", message: "cart opened" });
} else {
  sdk.init({ dsn: shop.dsn, release: shop.release, environment: shop.environment });
  sdk.setUser({ id: "alice", email: "alice@example.org" });
  sdk.addBreadcrumb({ category: "shop", message: "cart opened" });
}

// Later, so that each error has been answered before the next.
function after(milliseconds, work) {
  setTimeout(work, milliseconds);
}

if (shop.limited > 0) {
  capture(0);
  after(2000, function () {
    // Each from another place: an SDK passes over an error that is the one before.
    for (var number = 1; number < shop.limited; number++) capture(number);
    // A page that goes tells what it has lost.
    after(1000, function () { location.href = "gone"; });
  });
} else {
  capture(7);
  if (!isRaven) {
    after(200, function () { Promise.reject(new TypeError("no answer")); });
  }
  after(400, function checkout() {
    var cart = null;
    cart.total;
  });
  after(600, function () {
    // No SDK does this; a browser asks first whether it may.
    fetch(shop.envelope, {
      method: "POST",
      headers: { "X-Sentry-Auth": "Sentry sentry_version=7, sentry_key=" + shop.key },
      body: "{}\n{\"type\":\"event\"}\n" +
        JSON.stringify({ message: "asked first", level: "info", platform: "javascript" })
    }).then(function (answer) { return answer.json(); })
      .then(function (answer) { return fetch("seen?" + answer.id); });
  });
}
