// Package data provides the controllers index and collection, as far as clients call them at
// their start. This server keeps users and their rights and no documents of applications, so
// all lists are empty.
package data
