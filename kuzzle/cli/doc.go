// Package cli reads a command line into a struct whose fields are declared by tags.
//
// A field with the tag cmd is a command; its struct has commands or flags of its own.
// A field with the tag arg is an argument, every other exported field a flag. Fields of
// embedded structs count as those of the struct. The tags are
//
//	help         what --help says; ${name} stands for a text of [Program.Texts]
//	name         the name, when it is not the field's in kebab case
//	placeholder  what --help shows for the value
//	default      the value when none is given
//	enum         the values that are taken, between commas
//	required     a flag that has to be given
//	optional     an argument that may be missing
//	xor          flags with the same word exclude each other
//	type         existingfile: the value names a file that is there, or is "-"
//
// A flag's type is string, bool, int, time.Duration, []string, which may be repeated, or
// map[string]string, whose values are KEY=VALUE. The last argument may be a []string.
//
// Commands are called by the caller. Nothing here looks a method up by its name:
// a program that does keeps every exported method of every type, and is a seventh
// larger.
package cli
