return require "../detection.lua" {
  name = "precision_at_wrong",
  doc = "Share of wrong labels among as many of the highest scores as there are wrong labels.",
}
