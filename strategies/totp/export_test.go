package totp

// What tests see of the package's own.
var (
	CodeAt = codeAt
	Match  = match
)
