local x = 1
return function(what, name) return {} end
