// Package resume stores the progress of an import, so that an interrupted one can continue.
package resume
