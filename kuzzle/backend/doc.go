// Package backend assembles the server from all other packages. It is also the API for programs
// that embed the server.
//
// From a configuration, strategies, controllers and listeners, New makes an [App]. It answers
// requests over the network (Run) or by calls of Dispatch. The package also starts and stops the
// background work: the purge, the admin socket, expiry notices.
//
//	app, err := backend.New(backend.FromEnvironment(), backend.Use("api-secret", apisecret.New))
//	…
//	err = app.Run(ctx)
package backend
