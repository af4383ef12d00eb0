package tftpd

import "github.com/prometheus/client_golang/prometheus"

// Metrics counts what the door did. New ones are registered once per registry.
type Metrics struct {
	transfers *prometheus.CounterVec
	dropped   *prometheus.CounterVec
	running   prometheus.Gauge
}

// NewMetrics registers the metrics of the door.
func NewMetrics(reg prometheus.Registerer) *Metrics {
	m := &Metrics{
		transfers: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bellwether_tftp_transfers_total", Help: "TFTP requests by what became of them: complete, broken or refused.",
		}, []string{"result"}),
		dropped: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "bellwether_tftp_dropped_total", Help: "TFTP datagrams that began no transfer, by reason: other, malformed, write, repeated or busy; and half open, of transfers that gave their place to another.",
		}, []string{"reason"}),
		running: prometheus.NewGauge(prometheus.GaugeOpts{Name: "bellwether_tftp_transfers_running", Help: "TFTP transfers under way."}),
	}
	reg.MustRegister(m.transfers, m.dropped, m.running)
	return m
}
