package alarm

import "context"

func (s *Service) TrimOpen(ctx context.Context, most int) error    { return s.trimOpen(ctx, most) }
func (s *Service) TrimHistory(ctx context.Context, most int) error { return s.trimHistory(ctx, most) }
