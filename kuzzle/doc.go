// The kuzzle command: a security backend that speaks Kuzzle's API, and the
// tools to run it. kuzzle --help lists them; testdata/script shows each at work.
//
// The commands about users are calls of the server's own actions with every
// right. While a server runs on the data directory they go through its socket
// there, else the command opens the directory for itself: the answers are the
// same, since it is the same code. Whoever may write to the directory may use
// them; nobody else can.
//
// The exit status is 0 when what was asked for was done, 1 when it was refused
// or failed, 2 when the command line or the configuration is wrong, 3 when an
// import left rows out; kuzzle doctor answers 0 healthy, 1 degraded, 2 misconfigured. Errors are
// one line each on standard error. Passwords are read from the terminal, from
// standard input or from a file, never from the command line, which everybody
// on the machine can read.
//
// The package knows the backend and the configuration, and of the packages behind them
// the importer alone: files are read here, and only their users go to a server.
package main
