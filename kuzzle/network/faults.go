package network

import "github.com/gokuzzle/kuzzle/kuzzle/fault"

// Faults of this package. Each comment names the props in order.
var (
	// ErrTooLarge: no props.
	ErrTooLarge = fault.Declare(50397185, "network.http.request_too_large", 413,
		"The request's body is larger than server.maxRequestSize. Send less at once.")
	// ErrBadMessage: the fault of the request.
	ErrBadMessage = fault.Declare(50397186, "network.http.unexpected_error", 400,
		"The request cannot be read: %s.")
	// ErrTooManyEncodings: no props.
	ErrTooManyEncodings = fault.Declare(50397187, "network.http.too_many_encodings", 400,
		"Content-Encoding names more layers than server.protocols.http.maxEncodingLayers allows.")
	// ErrUnsupportedCompression: the encoding.
	ErrUnsupportedCompression = fault.Declare(50397188, "network.http.unsupported_compression", 400,
		"The Content-Encoding %q is not supported: use gzip, deflate or identity.")
	// ErrCompressionDisabled: no props.
	ErrCompressionDisabled = fault.Declare(50397189, "network.http.compression_disabled", 400,
		"Compressed requests are not accepted: send the body as it is.")
	// ErrUnsupportedVerb: the verb.
	ErrUnsupportedVerb = fault.Declare(50397190, "network.http.unsupported_verb", 400,
		"The HTTP method %q is not supported.")
	// ErrNotFound: the path without its query.
	ErrNotFound = fault.Declare(50397191, "network.http.url_not_found", 404,
		"There is no route for %q with this method.")
	// ErrWrongVerb: the verb, the path without its query.
	ErrWrongVerb = fault.Declare(0x40060018, "network.http.method_not_allowed", 405,
		"The HTTP method %q is not for %q: the header Allow lists those that are.")
	// ErrUnsupportedContent: the content type.
	ErrUnsupportedContent = fault.Declare(50397192, "network.http.unsupported_content", 400,
		"The Content-Type %q is not supported: send application/json.")
	// ErrUnsupportedCharset: the charset.
	ErrUnsupportedCharset = fault.Declare(50397193, "network.http.unsupported_charset", 400,
		"The charset %q is not supported: use utf-8.")
	// ErrBadVolatile: the error of the parser.
	ErrBadVolatile = fault.Declare(50397195, "network.http.volatile_parse_failed", 400,
		"The header X-Kuzzle-Volatile is not JSON: %s.")
	// ErrBadBody: the fault of the body.
	ErrBadBody = fault.Declare(50397196, "network.http.body_parse_failed", 400,
		"The body cannot be parsed: %s.")
	// ErrFileTooLarge: no props.
	ErrFileTooLarge = fault.Declare(50397197, "network.http.file_too_large", 413,
		"A file in the form is larger than server.protocols.http.maxFormFileSize.")
	// ErrBadFrame: the fault of the message.
	ErrBadFrame = fault.Declare(50528257, "network.websocket.unexpected_error", 400,
		"The message cannot be read: %s.")
	// ErrTooFast: no props.
	ErrTooFast = fault.Declare(50528258, "network.websocket.ratelimit_exceeded", 429,
		"More messages in a second than server.protocols.websocket.rateLimit allows. Slow down.")
	// ErrTooSlow: no props. Kuzzle waits for ever instead.
	ErrTooSlow = fault.Declare(0x40060001, "network.http.request_timeout", 408,
		"The body did not arrive in time. Send the request again.")
	// ErrTooManyNodes: the limit.
	ErrTooManyNodes = fault.Declare(0x40060011, "network.json.too_many_values", 413,
		"The JSON has more than %d values, the limit of server.maxJsonNodes. Send less at once.")
	// ErrTooHeavy: the weight in bytes.
	ErrTooHeavy = fault.Declare(0x40060012, "network.memory.request_too_heavy", 413,
		"The request weighs %d bytes once it is decoded, more than all of memory.budget can hold. Send less at once.")
	// ErrNoMemory: no props.
	ErrNoMemory = fault.Declare(0x40060013, "network.memory.exhausted", 503,
		"The server has no memory left for this request at the moment. Try again.")
	// ErrTooManyHeaders: the limit.
	ErrTooManyHeaders = fault.Declare(0x40060014, "network.http.too_many_headers", 431,
		"The request has more than %d header lines.")
	// ErrNotReady: no props.
	ErrNotReady = fault.Declare(0x40060015, "network.http.not_ready", 503, "The server cannot take requests at the moment.")
	// ErrTooManyConnections: how many one address may have.
	ErrTooManyConnections = fault.Declare(0x40060003, "network.connections.address_limit", 429,
		"Your address has %d connections, the most that one address may have. Close some, or reuse them for further requests. The operator can raise limits.connectionsPerAddress.")
	// ErrFull: how many connections there may be.
	ErrFull = fault.Declare(0x40060004, "network.connections.full", 503,
		"All %d connections of the server are in use. Try again later. The operator can raise limits.connections.")
	// ErrHeadersTooLarge: the limit in bytes.
	ErrHeadersTooLarge = fault.Declare(0x40060002, "network.http.headers_too_large", 431,
		"The request line and the headers take more than %d bytes together.")
)
