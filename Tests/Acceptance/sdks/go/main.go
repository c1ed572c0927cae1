// A shop in Go: caught errors, a message, a panic, and a web server that is visited over loopback.
package main

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"time"

	"github.com/getsentry/sentry-go"
	sentryhttp "github.com/getsentry/sentry-go/http"
)

const flushTime = 20 * time.Second

var errDeclined = errors.New("card declined")

func pay(amount int) error {
	return fmt.Errorf("order %d: %w", amount, errDeclined)
}

func meet(hub *sentry.Hub) {
	hub.ConfigureScope(func(scope *sentry.Scope) {
		scope.SetUser(sentry.User{ID: "alice", Email: "alice@example.org"})
	})
	hub.AddBreadcrumb(&sentry.Breadcrumb{Category: "shop", Message: "cart opened"}, nil)
}

func get(url string) {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		log.Fatal(err)
	}
	request.Header.Set("sentry-trace", os.Getenv("SHOP_TRACE")+"-b7ad6b7169203331-1")
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		log.Fatal(err)
	}
	io.Copy(io.Discard, answer.Body)
	answer.Body.Close()
}

func main() {
	// DSN, release and environment come from the environment.
	if err := sentry.Init(sentry.ClientOptions{
		AttachStacktrace: true, TracesSampleRate: 1,
	}); err != nil {
		log.Fatal(err)
	}
	meet(sentry.CurrentHub())
	if limited, _ := strconv.Atoi(os.Getenv("SHOP_LIMITED")); limited > 0 {
		for number := 0; number < limited; number++ {
			sentry.CaptureException(pay(7))
			if number == 0 {
				sentry.Flush(flushTime)
			}
		}
		sentry.Flush(flushTime)
		return
	}
	sentry.CaptureException(pay(7))
	sentry.CaptureMessage("low stock of 7 items")

	handler := sentryhttp.New(sentryhttp.Options{}).HandleFunc(
		func(writer http.ResponseWriter, request *http.Request) {
			meet(sentry.GetHubFromContext(request.Context()))
			if request.URL.Path == "/pay" {
				var accounts map[string]int
				accounts["alice"] = 1
			}
		})
	shop := httptest.NewServer(handler)
	get(shop.URL + "/pay")
	get(shop.URL + "/pay")
	get(shop.URL + "/fine")
	shop.Close()
	sentry.Flush(flushTime)
	func() {
		defer func() {
			sentry.CurrentHub().Recover(recover())
			sentry.Flush(flushTime)
		}()
		panic("out of stock")
	}()
}
