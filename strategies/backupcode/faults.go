package backupcode

import (
	"net/http"

	"github.com/gokuzzle/kuzzle/kuzzle/fault"
)

var (
	// ErrWrongCode refuses an enrolment.
	ErrWrongCode = fault.Declare(0x40250001, "plugin.backup-code.wrong_code", http.StatusBadRequest,
		`"code" is none of the drawn codes: give one of them.`)
	// ErrEnrolment is the one error for every unusable enrolment.
	ErrEnrolment = fault.Declare(0x40250002, "plugin.backup-code.enrolment_unknown", http.StatusBadRequest,
		`"enrolment" is unknown, has expired or was used already: begin again with backup-code:draw.`)
	// ErrSelfOnly means that only the user may see the codes.
	ErrSelfOnly = fault.Declare(0x40250003, "plugin.backup-code.self_only", http.StatusForbidden,
		"Users draw their codes themselves, with backup-code:draw. Others may only delete the credentials.")
	// ErrCodes refuses imported codes. Props: the largest number of codes, the smallest and largest
	// number of bytes of a code.
	ErrCodes = fault.Declare(0x40250004, "plugin.backup-code.invalid_codes", http.StatusBadRequest,
		`"codes" must be a list of 1 to %d texts of %d to %d bytes each.`)
)
