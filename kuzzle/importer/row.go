package importer

import (
	"github.com/gokuzzle/kuzzle/kuzzle/importer/rows"
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// Types of package rows.
type (
	Row     = rows.Row
	Address = rows.Address
)

// MaxRowBytes is the longest row: a line, a record or a JSON element.
const MaxRowBytes = texts.MaxBytes

// ErrFile is wrapped by errors about the file as a whole: reading it cannot continue.
var ErrFile = texts.ErrFile
