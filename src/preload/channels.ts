// The two channels that cross the process boundary; everything else is a request name inside the first one.
export const REQUEST_CHANNEL = 'satm:request'
export const VIEW_CHANNEL = 'satm:view'
