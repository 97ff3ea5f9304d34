// @hocuspocus/server as its page says to start it, without a store and without its banner.
import { Server } from '@hocuspocus/server'

const server = new Server({ port: Number(process.env.PORT), address: '127.0.0.1', quiet: true })
await server.listen()
console.log('running')
