// Command load sends HTTP/1.1 keep-alive and WebSocket requests to a server in a closed
// loop. It does not know the server: scenario files define the requests and the good
// answers.
//
//	load -setup scenarios/setup.json -var base=http://127.0.0.1:7512 -vars-out vars.json
//	load -s scenarios/login.json -vars vars.json -c 16 -d 8s -pids 1234
//
// It prints one JSON object: operations per second, latencies, errors and, with -pids,
// the CPU and memory of these processes and their descendants. An operation counts if it
// ends inside the measured time. Errors (wrong status, missing text, broken connection)
// are counted separately and have no latency. After an answer with Retry-After the loop
// waits that long.
//
// A scenario has name, method, url, headers, body (an object is sent as JSON, a string
// unchanged), expect (statuses, [200]) and expect_contains. With type "ws" the body is a
// frame whose requestId is "{{n}}". A setup has vars and steps, which are scenarios with
// repeat, parallel and collect (variable <- path in each answer, or header:Name, in order).
//
// In url, headers and body: {{n}} a unique counter, {{n%100}}, {{rand}}, {{run}} (differs
// each run), {{pick:array}} (element n) and {{variable}}.
package main
