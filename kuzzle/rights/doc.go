// Package rights keeps roles and profiles: it checks what clients submit, stores
// it, and answers what a set of profiles may do.
//
// In come documents and profile ids, out go stored documents and compiled
// policies. The rules themselves are those of package profiles; this package adds
// storage, the caches and the bootstrap contents. It stands below accounts,
// because users hold profiles and not the other way round, and knows no user.
package rights
