// The kuzzle command is a security backend that speaks Kuzzle's API, and the tools to run it.
// kuzzle --help lists them; testdata/script shows each of them in use.
//
// The commands about users call the server's own actions with every right. While a server runs
// on the data directory the calls go through its socket there; otherwise the command opens the
// directory itself. The answers are the same, because the code is the same. Everybody who can
// write to the directory may use these commands; nobody else can.
//
// The exit status is 0 when the command was carried out, 1 when it was refused or failed, 2 when
// the command line or the configuration is wrong, 3 when an import left rows out; kuzzle doctor
// exits with 0 healthy, 1 degraded, 2 misconfigured. Errors are one line each on standard error.
// Passwords are read from the terminal, from standard input or from a file, never from the
// command line, which everybody on the machine can read.
//
// The package depends on the backend, the configuration and the importer: files are read here,
// and only their users go to a server.
package main
