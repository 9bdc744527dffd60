package totp

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

var (
	// ErrWrongCode refuses an enrolment.
	ErrWrongCode = fault.Declare(0x40240001, "plugin.totp.wrong_code", http.StatusBadRequest,
		`"code" is wrong: give the six digits that the app shows now, and check its clock.`)
	// ErrEnrolment says one thing of all enrolments that count for nothing.
	ErrEnrolment = fault.Declare(0x40240002, "plugin.totp.enrolment_unknown", http.StatusBadRequest,
		`"enrolment" is unknown, has expired or was used already: begin again with totp:enrol.`)
	// ErrSelfOnly: nobody but the user can prove that an app has the secret.
	ErrSelfOnly = fault.Declare(0x40240003, "plugin.totp.self_only", http.StatusForbidden,
		"Users enrol themselves, with totp:enrol. Others may only take the credentials away.")
	// ErrSecret refuses an imported secret. Props: the least and the most bytes.
	ErrSecret = fault.Declare(0x40240004, "plugin.totp.invalid_secret", http.StatusBadRequest,
		`"secret" is no secret in base32 of %d to %d bytes.`)
	// ErrUnchangeable: a new secret needs a new proof.
	ErrUnchangeable = fault.Declare(0x40240005, "plugin.totp.unchangeable", http.StatusBadRequest,
		"A secret cannot be changed: delete the credentials and enrol again.")
)
