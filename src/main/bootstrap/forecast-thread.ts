// Program of the thread that plays the days ahead: a bundle of its own, without Electron and without the database.
import { serveThread } from '#base/node/thread.ts'
import { performForecast } from '#forecast/forecast.ts'

void serveThread(performForecast)
