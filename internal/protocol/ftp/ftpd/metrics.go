package ftpd

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what the door did. New ones are registered once per registry.
type Metrics struct {
	files    *prometheus.CounterVec
	refused  prometheus.Counter
	sessions prometheus.Gauge
}

// NewMetrics registers the metrics of the door.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		files: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bellwether_ftp_files_total", Help: "Files asked for over FTP and FTPS, by what became of them: complete, broken or refused.",
		}, []string{"door", "result"}),
		refused:  prometheus.NewCounter(prometheus.CounterOpts{Name: "bellwether_ftp_sessions_refused_total", Help: "FTP connections beyond the limits."}),
		sessions: prometheus.NewGauge(prometheus.GaugeOpts{Name: "bellwether_ftp_sessions", Help: "FTP sessions open."}),
	}
	reg.MustRegister(m.files, m.refused, m.sessions)
	return m
}
