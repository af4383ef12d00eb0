package access

// Costlier is the service with dearer hashes.
func (s *Service) Costlier() *Service {
	c := s.cfg
	c.Argon = Argon{Time: 2, Memory: 128, Threads: 1}
	return New(s.db, s.vault, s.audit, c)
}
