package totp

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

var (
	// ErrWrongCode refuses an enrolment.
	ErrWrongCode = fault.Declare(0x40240001, "plugin.totp.wrong_code", http.StatusBadRequest,
		`"code" is wrong: give the six digits that the app shows now, and check its clock.`)
	// ErrEnrolment is the one error for every unusable enrolment.
	ErrEnrolment = fault.Declare(0x40240002, "plugin.totp.enrolment_unknown", http.StatusBadRequest,
		`"enrolment" is unknown, has expired or was used already: begin again with totp:enrol.`)
	// ErrSelfOnly means that only the user can prove to have the secret.
	ErrSelfOnly = fault.Declare(0x40240003, "plugin.totp.self_only", http.StatusForbidden,
		"Users enrol themselves, with totp:enrol. Others may only delete the credentials.")
	// ErrSecret refuses an imported secret. Props: the smallest and largest number of bytes.
	ErrSecret = fault.Declare(0x40240004, "plugin.totp.invalid_secret", http.StatusBadRequest,
		`"secret" must be a base32 text of %d to %d bytes.`)
	// ErrUnchangeable means that a new secret needs a new enrolment.
	ErrUnchangeable = fault.Declare(0x40240005, "plugin.totp.unchangeable", http.StatusBadRequest,
		"A secret cannot be changed: delete the credentials and enrol again.")
)
