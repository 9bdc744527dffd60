// Package data is the controllers index and collection, as far as clients ask them
// before anything else: this server keeps users and their rights, and no documents of
// applications, so that there is nothing to list.
package data
