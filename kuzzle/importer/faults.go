package importer

import (
	"github.com/gokuzzle/kuzzle/kuzzle/importer/texts"
)

// ErrFile is wrapped by errors about the file as a whole: it cannot be read on.
var ErrFile = texts.ErrFile
