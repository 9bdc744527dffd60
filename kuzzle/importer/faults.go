package importer

import (
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// ErrFile is wrapped by errors about the file as a whole: reading it cannot continue.
var ErrFile = texts.ErrFile
