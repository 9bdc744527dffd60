package backupcode

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

var (
	// ErrWrongCode refuses an enrolment.
	ErrWrongCode = fault.Declare(0x40250001, "plugin.backup-code.wrong_code", http.StatusBadRequest,
		`"code" is none of the codes that were drawn: give one of them.`)
	// ErrEnrolment says one thing of all enrolments that count for nothing.
	ErrEnrolment = fault.Declare(0x40250002, "plugin.backup-code.enrolment_unknown", http.StatusBadRequest,
		`"enrolment" is unknown, has expired or was used already: begin again with backup-code:draw.`)
	// ErrSelfOnly: codes are for the eyes of the user.
	ErrSelfOnly = fault.Declare(0x40250003, "plugin.backup-code.self_only", http.StatusForbidden,
		"Users draw their codes themselves, with backup-code:draw. Others may only take the credentials away.")
	// ErrCodes refuses imported codes. Props: how many there may be, the least and
	// the most bytes of one.
	ErrCodes = fault.Declare(0x40250004, "plugin.backup-code.invalid_codes", http.StatusBadRequest,
		`"codes" is no list of 1 to %d texts of %d to %d bytes.`)
)
