// Package systems reads users as other systems write them. It knows the columns of their
// tables and the members of their objects, and names the importer's field for each.
package systems
