# A caught error, one with a cause, and a message.
require_relative "shop"

Shop.begin
if Shop::LIMITED > 0
  Shop.repeat { |number| Shop.capture(number) }
  exit
end
Shop.traced do
  Shop.capture(7)
  Sentry.capture_message("low stock of 7 items", level: "warning")
  begin
    begin
      Shop.pay(8)
    rescue ArgumentError
      raise KeyError, "no account"
    end
  rescue KeyError => error
    Sentry.capture_exception(error)
  end
end
