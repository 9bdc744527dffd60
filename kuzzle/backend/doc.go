// Package backend puts the packages together: it is the composition root and the
// API for programs that embed the server.
//
// In come a configuration, strategies, controllers and listeners, out comes an
// [App] that answers requests, over the network with Run or by a call of
// Dispatch. What runs beside requests (the purge, the admin socket, expiry
// notices) is started and stopped here.
//
//	app, err := backend.New(backend.FromEnvironment(), backend.Use("api-secret", apisecret.New))
//	…
//	err = app.Run(ctx)
package backend
