// Command mybackend is Kuzzle's security backend with strategies of our own.
package main

import (
	"context"
	"log"
	"os/signal"
	"syscall"

	"example.com/mybackend/apisecret"
	"example.com/mybackend/magiclink"

	"github.com/gokuzzle/kuzzle/kuzzle/backend"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	app, err := backend.New(backend.FromEnvironment(),
		backend.Use("api-secret", apisecret.New), backend.Use("magic-link", magiclink.New))
	if err != nil {
		log.Fatal(err)
	}
	if err := app.Run(ctx); err != nil {
		log.Fatal(err)
	}
}
