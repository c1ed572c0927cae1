# What the programs here have in common; see ../python/shop.py.
require "sentry-ruby"

module Shop
  LIMITED = ENV.fetch("SHOP_LIMITED", "0").to_i
  TRACE_HEADER = "#{ENV.fetch("SHOP_TRACE")}-b7ad6b7169203331-1"
  # This SDK tells what it has lost beside an event, half a minute after it began at the earliest.
  REPORT_SECONDS = 31

  def self.begin
    @began = Process.clock_gettime(Process::CLOCK_MONOTONIC)
    Sentry.init do |config|
      config.dsn = ENV.fetch("SENTRY_DSN")
      config.release = ENV.fetch("SENTRY_RELEASE")
      config.environment = ENV.fetch("SENTRY_ENVIRONMENT")
      config.traces_sample_rate = 1.0
      config.logger = Logger.new(File::NULL)
      # In the calling thread: each error has been answered when the call comes back.
      config.background_worker_threads = 0
    end
    meet
  end

  def self.meet
    Sentry.set_user(id: "alice", email: "alice@example.org")
    Sentry.add_breadcrumb(Sentry::Breadcrumb.new(category: "shop", message: "cart opened"))
  end

  # A trace has an id only within a transaction.
  def self.traced
    transaction = Sentry::Transaction.from_sentry_trace(TRACE_HEADER, op: "shop", name: "shop")
    Sentry.get_current_scope.set_span(transaction)
    yield
  end

  def self.pay(amount)
    raise ArgumentError, "card declined for #{amount}"
  end

  def self.capture(amount)
    pay(amount)
  rescue ArgumentError => error
    Sentry.capture_exception(error)
  end

  def self.repeat
    LIMITED.times { |number| yield number }
    passed = Process.clock_gettime(Process::CLOCK_MONOTONIC) - @began
    sleep([REPORT_SECONDS - passed, 0].max)
    Sentry.capture_message("after the limit")
  end
end
