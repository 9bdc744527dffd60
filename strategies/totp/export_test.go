package totp

// Unexported names for tests.
var (
	CodeAt = codeAt
	Match  = match
)
