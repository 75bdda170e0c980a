/** What a command could not do, in words for the person who ran it, with what to do next. Ends it with 1. */
export class Failure extends Error {}
