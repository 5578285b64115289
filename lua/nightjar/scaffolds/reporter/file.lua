local nj = require "nightjar"

return nj.reporter {
  name = "NAME",
  doc = "One line: says in the end in which epoch a number was largest.",
  params = {
    column = { default = "j2", doc = "the number of the records that is looked at" },
  },
  -- After each epoch, with its record; what it returns is printed, or goes into the run's folder where the reporter is
  -- made with file = "NAME.txt". nil says nothing.
  epoch = function(self, record)
    return record[self.column] and string.format("epoch %d: %s %.2f", record.epoch, self.column, record[self.column])
  end,
  -- After the last epoch. report.records has the records of all epochs.
  ending = function(self, report)
    local best
    for _, record in ipairs(report.records) do
      if record[self.column] and (best == nil or record[self.column] > best[self.column]) then
        best = record
      end
    end
    return best and string.format("largest %s: %.2f in epoch %d", self.column, best[self.column], best.epoch)
  end,
}
