/* Ctrl-C during long work. */
#ifndef MVC_CMD_INTERRUPT_H
#define MVC_CMD_INTERRUPT_H

/*
 * From now on Ctrl-C says that nothing is lost and what to type, and then ends
 * the process as it does anyway, so that a shell sees 130 and stops too. Where
 * it is ignored (nohup) it stays so.
 */
void mvc_interrupt_tell(void);
/* Back to its saying nothing. */
void mvc_interrupt_end(void);

#endif
