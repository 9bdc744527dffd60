module example.com/mybackend

go 1.26.0

require github.com/gokuzzle/kuzzle v0.0.0

require (
	golang.org/x/crypto v0.58.0 // indirect
	golang.org/x/sys v0.49.0 // indirect
	golang.org/x/text v0.43.0 // indirect
)

replace github.com/gokuzzle/kuzzle => ../..
