# Rack under WEBrick, visited over loopback.
require_relative "shop"
require "net/http"
require "rack"
require "rack/handler/webrick"

Shop.begin
application = lambda do |env|
  Shop.meet
  case env["PATH_INFO"]
  when %r{\A/pay/(\d+)\z} then Shop.pay($1.to_i)
  when "/refund" then Shop.capture(7)
  end
  [200, { "content-type" => "text/plain" }, ["fine"]]
end

port = Queue.new
Thread.new do
  Rack::Handler::WEBrick.run(
    Sentry::Rack::CaptureExceptions.new(application), Host: "127.0.0.1", Port: 0,
    Logger: WEBrick::Log.new(File::NULL), AccessLog: [],
    StartCallback: -> { port << ObjectSpace.each_object(WEBrick::HTTPServer).first.config[:Port] })
end
at = port.pop
get = lambda do |path|
  Net::HTTP.get_response(
    URI("http://127.0.0.1:#{at}/#{path}"), { "sentry-trace" => Shop::TRACE_HEADER })
end
if Shop::LIMITED > 0
  Shop.repeat { |number| get.call("pay/#{number}") }
else
  %w[pay/1 pay/2 refund fine].each { |path| get.call(path) }
end
Rack::Handler::WEBrick.shutdown
