package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// patient is how long kz-http waits for a server to listen.
const patient = 2 * time.Minute

// httpCommand is kz-http, which scripts use instead of curl:
//
//	kz-http [-login FILE] METHOD PATH [BODY]
//
// It prints the answer's body; the status of the command is 0 for answers below
// 400. The address is KUZZLE_LISTEN's; the command waits for a server that does
// not listen yet. FILE has the answer of a login, whose token is sent.
func httpCommand(args []string, out, complaints io.Writer) int {
	flags := flag.NewFlagSet("kz-http", flag.ContinueOnError)
	login := flags.String("login", "", "file with the answer of a login")
	if err := flags.Parse(args); err != nil || flags.NArg() < 2 {
		fmt.Fprintln(complaints, "usage: kz-http [-login FILE] METHOD PATH [BODY]")
		return misuse
	}
	token, err := tokenIn(*login)
	if err != nil {
		fmt.Fprintln(complaints, err)
		return misuse
	}
	res, err := await(os.Getenv("KUZZLE_LISTEN"), flags.Args(), token)
	if err != nil {
		fmt.Fprintln(complaints, err)
		return failed
	}
	defer res.Body.Close()
	if _, err := io.Copy(out, res.Body); err != nil || res.StatusCode >= 400 {
		fmt.Fprintln(complaints, res.Status, err)
		return failed
	}
	return done
}

func await(address string, args []string, token string) (*http.Response, error) {
	for deadline := time.Now().Add(patient); ; <-time.After(pause) {
		var body io.Reader
		if len(args) > 2 {
			body = strings.NewReader(args[2])
		}
		req, err := http.NewRequest(args[0], "http://"+address+args[1], body)
		if err != nil {
			return nil, err
		}
		req.Header.Set("Content-Type", "application/json")
		if token != "" {
			req.Header.Set("Authorization", "Bearer "+token)
		}
		res, err := http.DefaultClient.Do(req)
		if !errors.Is(err, syscall.ECONNREFUSED) || time.Now().After(deadline) {
			return res, err
		}
	}
}

func tokenIn(file string) (string, error) {
	if file == "" {
		return "", nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	var answer struct{ Result struct{ JWT string } }
	return answer.Result.JWT, json.Unmarshal(text, &answer)
}
