/* heddle.h: the Heddle JavaScript engine for programs in C. heddle.hpp wraps it for C++.
 *
 * CONVENTIONS
 *
 *   Status      Every function that can fail returns a heddle_status: HEDDLE_OK (0) or what went wrong. Out-parameters
 *               are written when it is HEDDLE_OK, and not touched otherwise.
 *   Error       The last parameter, `error`, may be NULL. Otherwise it receives the status and a message for people when
 *               the call fails; begin with HEDDLE_ERROR_INIT.
 *   Exceptions  HEDDLE_EXCEPTION: script threw. The agent keeps the exception (heddle_exception_get) until the next one or
 *               until heddle_exception_clear. A host callback that returns the HEDDLE_EXCEPTION of a call that it made
 *               passes the exception on.
 *   Memory      HEDDLE_OUT_OF_MEMORY: the agent's limit is reached, or the system has no more. Nothing aborts; where script
 *               was under way it sees a RangeError, which the agent keeps like any exception. Where other threads
 *               may take the very last bytes at any moment, that needs a reserve: heddle_runtime_options.memory_reserve.
 *   Structs     Options and information begin with `size`, the size that the caller was compiled with: use the _INIT macros.
 *               Later versions only append fields, and zero always means what it meant before there was the field.
 *   Strings     UTF-8 with a length in bytes (HEDDLE_AUTO_LENGTH: up to the NUL). Invalid UTF-8 becomes U+FFFD. What the
 *               library takes it copies, unless it says otherwise.
 *   Globals     There are none. Two runtimes in a process know nothing of each other. No signal handler, no environment
 *               variable, no locale is touched. heddle_install_new_handler sets C++'s new-handler; nothing else does.
 *
 * AFFINITY: what belongs to whom
 *
 *   handle            made by                      belongs to          may be used
 *   ----------------  ---------------------------  ------------------  ------------------------------------------------------
 *   heddle_runtime*   heddle_runtime_create        the host            runtime-wide: by any thread, several at once
 *   heddle_agent*     heddle_agent_create          its runtime         movable: by the thread that it is attached to; functions
 *                                                                      marked [any thread] by any
 *   heddle_value      most functions               an agent            agent-local: with this agent only; local ones until their
 *                                                                      scope closes, persistent ones until released
 *   heddle_realm      heddle_realm_create          an agent            agent-local: until released, or the agent ends
 *   heddle_class      heddle_class_create          an agent            agent-local: until released, or the agent ends
 *   heddle_weak       heddle_weak_create           an agent            agent-local: until released, or the agent ends
 *   heddle_scope      heddle_scope_open            an agent            agent-local: closed in the reverse order of opening
 *   heddle_script*    heddle_script_compile        its runtime         runtime-wide: run by any number of agents at once
 *   heddle_store*     heddle_store_create, ...     its runtime         runtime-wide when shared; an unshared one is movable:
 *                                                                      used up by the agent that makes a buffer of it
 *   heddle_message*   heddle_message_serialize     its runtime         movable: used up by the agent that reads it
 *
 *   A call from the wrong thread, with a handle of an agent or object that has ended, of another agent or of another runtime
 *   fails in every build with a status and a message that say so: handles are checked numbers, not addresses. One thing
 *   cannot be checked, because nothing outlives it: do not use a heddle_runtime*, nor any handle that it made, once
 *   heddle_runtime_destroy has returned HEDDLE_OK.
 *
 * THREADS: what happens before what
 *
 *   - heddle_agent_detach_from_thread happens before the heddle_agent_attach_to_thread that takes the agent over. So does all
 *     that the first thread did before it.
 *   - What a thread does before heddle_agent_post, _interrupt or _terminate happens before the callback of the post or the
 *     interrupt runs, and before the agent sees the termination.
 *   - heddle_message_serialize happens before heddle_message_deserialize of that message, heddle_script_compile before
 *     every heddle_script_run, provided that the handle itself was passed on in an ordered way.
 *   - The last use of a store's bytes by any agent happens before its free callback.
 *   - Each agent's calls happen in program order. Script's accesses to shared memory follow the memory model of ECMA-262;
 *     Atomics of script and sequentially consistent C11 atomics of the host on the same bytes synchronize with each other.
 *   - heddle_runtime_destroy happens after everything else; the host sees to that.
 *
 * FORK AND SIGNALS
 *
 *   After fork() in a process with a runtime the child may exec or _exit; other threads' locks stay locked in it for ever.
 *   Every call that the child makes with what came from before fails with HEDDLE_AFTER_FORK (where the system can tell:
 *   Linux 4.14). Fork before the first runtime instead.
 *   No function may be called from a signal handler. Receive signals by signalfd, a self-pipe or sigwait and call
 *   heddle_agent_interrupt or heddle_agent_terminate from there. Threads that the engine starts (workers, the watch over
 *   deadlines) inherit the signal mask of the thread whose call starts them: block there what they must not receive.
 *
 * BLOCKING
 *
 *   A thread inside a call may be waited for by all other agents of the runtime. A host callback that blocks (on input, a
 *   lock, another agent) brackets that with heddle_agent_suspend and heddle_agent_resume; between them the agent is not
 *   touched. Between calls nobody waits for the host.
 */
#ifndef HEDDLE_HEDDLE_H
#define HEDDLE_HEDDLE_H

#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define HEDDLE_API __attribute__((visibility("default")))
#else
#define HEDDLE_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* --- version -------------------------------------------------------------------------------------------------- */

#define HEDDLE_VERSION_MAJOR 0
#define HEDDLE_VERSION_MINOR 1
#define HEDDLE_VERSION_PATCH 0
#define HEDDLE_VERSION_NUMBER (HEDDLE_VERSION_MAJOR * 1000000 + HEDDLE_VERSION_MINOR * 1000 + HEDDLE_VERSION_PATCH)

/* HEDDLE_VERSION_NUMBER of the library that is linked. [any thread] */
HEDDLE_API uint32_t heddle_version(void);
/* As text: "0.1.0". Static storage. [any thread] */
HEDDLE_API const char* heddle_version_string(void);

/* --- status and errors ---------------------------------------------------------------------------------------- */

typedef enum heddle_status {
    HEDDLE_OK = 0,
    HEDDLE_EXCEPTION = 1,      /* script threw; the agent keeps the exception */
    HEDDLE_TERMINATED = 2,     /* the agent was terminated: see heddle_agent_clear_termination */
    HEDDLE_OUT_OF_MEMORY = 3,  /* a limit is reached, or the system has no more */
    HEDDLE_BAD_ARGUMENT = 4,   /* NULL, an unknown constant, a size that cannot be */
    HEDDLE_BAD_HANDLE = 5,     /* no handle at all, or released, or its scope has closed */
    HEDDLE_FOREIGN_HANDLE = 6, /* of another agent or of another runtime */
    HEDDLE_WRONG_KIND = 7,     /* a value of another type than the function is for */
    HEDDLE_WRONG_THREAD = 8,   /* the agent is attached to another thread, or to none */
    HEDDLE_DEAD_AGENT = 9,     /* the agent was destroyed */
    HEDDLE_NO_SCOPE = 10,      /* a local handle needs an open scope: heddle_scope_open */
    HEDDLE_SUSPENDED = 11,     /* between heddle_agent_suspend and heddle_agent_resume, or in an interrupt */
    HEDDLE_BUSY = 12,          /* not now: something is still in use */
    HEDDLE_AFTER_FORK = 13,    /* the process is a fork of the one that made the runtime */
    HEDDLE_REFUSED = 14,       /* a callback said no, or the system did */
    HEDDLE_STATUS_LIMIT = 0x7fffffff
} heddle_status;

/* The name of the constant: "HEDDLE_OK". Static storage. [any thread] */
HEDDLE_API const char* heddle_status_name(heddle_status status);

typedef struct heddle_error {
    uint32_t size;
    heddle_status status;
    char message[496]; /* UTF-8, NUL-terminated; cut between characters when it is too long */
} heddle_error;
#define HEDDLE_ERROR_INIT { sizeof(heddle_error), HEDDLE_OK, "" }

#define HEDDLE_AUTO_LENGTH ((size_t)-1)

typedef struct heddle_runtime heddle_runtime;
typedef struct heddle_agent heddle_agent;
typedef struct heddle_script heddle_script;
typedef struct heddle_store heddle_store;
typedef struct heddle_message heddle_message;

/* Numbers that name an entry of an agent's table; the fields are the library's own. All zero: no handle. */
typedef struct heddle_value { uint64_t owner, entry; } heddle_value;
typedef struct heddle_realm { uint64_t owner, entry; } heddle_realm;
typedef struct heddle_class { uint64_t owner, entry; } heddle_class;
typedef struct heddle_weak { uint64_t owner, entry; } heddle_weak;
typedef struct heddle_scope { uint64_t owner, entry; } heddle_scope;

/* --- runtimes ------------------------------------------------------------------------------------------------- */

typedef struct heddle_runtime_options {
    uint32_t size;
    uint32_t reserved;
    void* data; /* passed to the hooks */
    /* Script has made a Worker. Called on the worker's thread before its script: the place to define functions there. The
     * handle is for calls from this hook and from callbacks on that thread, and for functions marked [any thread], until
     * the worker ends; it cannot be destroyed, detached or polled. Finalizers of its data run at the ends of such calls. */
    void (*worker_created)(heddle_agent* worker, void* data);
    /* The worker's agent is gone. On its thread; must not call into the runtime. */
    void (*worker_ended)(uint64_t agent_id, void* data);
    /* Bytes of address space set aside for the threads inside the runtime's agents, at most 64 MiB; 0: none. The library asks
     * at a bounded distance whether memory is at hand, and makes a HEDDLE_OUT_OF_MEMORY or a RangeError of it where there is
     * none. Between two such questions it makes small things, the text of an error among them: when others have taken
     * everything meanwhile, these come from the reserve, by way of heddle_install_new_handler or
     * heddle_use_memory_reserve; and until it is whole again, every question is answered with no. 8 MiB are plenty. */
    size_t memory_reserve;
} heddle_runtime_options;
#define HEDDLE_RUNTIME_OPTIONS_INIT { sizeof(heddle_runtime_options), 0, NULL, NULL, NULL, 0 }

/* Makes C++'s new-handler, of the whole process, one that calls heddle_use_memory_reserve and throws std::bad_alloc when that
 * returns 0. For hosts that have none of their own. [any thread] */
HEDDLE_API void heddle_install_new_handler(void);
/* For hosts with a new-handler of their own: 1 when the calling thread is inside an agent of a runtime whose reserve has just
 * given something out, so that the allocation is worth another try; else 0. Allocates nothing. [any thread] */
HEDDLE_API int heddle_use_memory_reserve(void);

/* A cluster of agents that can share memory and exchange messages. `options` may be NULL. [any thread] */
HEDDLE_API heddle_status heddle_runtime_create(const heddle_runtime_options* options, heddle_runtime** out,
                                               heddle_error* error);
/* Frees the runtime with its scripts, stores and messages. HEDDLE_BUSY while it has agents; the message counts them.
 * [any thread, after all other calls] */
HEDDLE_API heddle_status heddle_runtime_destroy(heddle_runtime* runtime, heddle_error* error);

typedef struct heddle_runtime_statistics {
    uint32_t size;
    uint32_t reserved;
    uint64_t agents;   /* of the host */
    uint64_t scripts;  /* handles not yet released */
    uint64_t stores;
    uint64_t messages;
    uint64_t heap_blocks; /* of 16 KiB, in the heaps of all agents, workers included */
    uint64_t threads;     /* of workers */
    uint64_t ports;       /* open ends of message ports and workers */
    uint64_t waiters;     /* in Atomics.wait and waitAsync */
    uint64_t queued_messages;
    uint64_t queued_tasks;
    uint64_t backing_stores; /* memory of buffers, wherever it is referred to from */
} heddle_runtime_statistics;
#define HEDDLE_RUNTIME_STATISTICS_INIT { sizeof(heddle_runtime_statistics), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
/* What there is now. [any thread] */
HEDDLE_API heddle_status heddle_runtime_get_statistics(heddle_runtime* runtime, heddle_runtime_statistics* out,
                                                       heddle_error* error);

/* --- agents --------------------------------------------------------------------------------------------------- */

typedef enum heddle_rejection { HEDDLE_REJECTED_UNHANDLED = 0, HEDDLE_HANDLED_LATE = 1 } heddle_rejection;

/* What an agent tells the host. Each may be NULL. All but task_posted run on the agent's thread, inside a call. */
typedef struct heddle_agent_hooks {
    uint32_t size;
    uint32_t reserved;
    void* data;
    /* Something can be run: a task, a message, a settled wait. On whichever thread posts it, possibly the agent's own; must
     * not call into the runtime. The place to wake an event loop. */
    void (*task_posted)(void* data);
    /* 27.2.1.9 HostPromiseRejectionTracker. A local handle, valid in the callback, which cannot run script: calls that might
     * fail with HEDDLE_SUSPENDED. */
    void (*promise_rejection)(heddle_agent* agent, heddle_value promise, heddle_rejection operation, void* data);
    /* An exception of a job, a task or a timer that nobody caught. */
    void (*uncaught)(heddle_agent* agent, heddle_value exception, void* data);
    /* The limit is reached, and a RangeError is about to be thrown. Calls with the agent fail with
     * HEDDLE_SUSPENDED. */
    void (*out_of_memory)(heddle_agent* agent, void* data);
} heddle_agent_hooks;
#define HEDDLE_AGENT_HOOKS_INIT { sizeof(heddle_agent_hooks), 0, NULL, NULL, NULL, NULL, NULL }

typedef struct heddle_agent_options {
    uint32_t size;
    uint32_t cannot_block;   /* not 0: Atomics.wait throws ([[CanBlock]] is false) */
    uint64_t memory_limit;   /* bytes of the heap and what it holds outside; 0: 4 GiB */
    uint64_t stack_limit;    /* bytes of native stack that script may use; 0: 8 MiB, or what the thread has */
    const char* name;        /* for messages and threads' names; may be NULL */
    const heddle_agent_hooks* hooks; /* copied; may be NULL */
    uint32_t collect_every;  /* testing: collect at every Nth allocation */
    uint32_t reserved;
    uint64_t fail_allocation; /* testing: the Nth allocation fails, as if the limit were reached */
} heddle_agent_options;
#define HEDDLE_AGENT_OPTIONS_INIT { sizeof(heddle_agent_options), 0, 0, 0, NULL, NULL, 0, 0, 0 }

/* An agent with a first realm, attached to the calling thread. `options` may be NULL. [any thread] */
HEDDLE_API heddle_status heddle_agent_create(heddle_runtime* runtime, const heddle_agent_options* options, heddle_agent** out,
                                             heddle_error* error);
/* Ends the agent: pending jobs, tasks and timers are dropped, its workers end, finalizers run on the calling thread before
 * the function returns. HEDDLE_BUSY from within a callback of this agent. [the agent's thread, or any thread when it is
 * detached] */
HEDDLE_API heddle_status heddle_agent_destroy(heddle_agent* agent, heddle_error* error);

/* Lets go of the agent, so that another thread can take it. HEDDLE_BUSY from within a callback. [the agent's thread] */
HEDDLE_API heddle_status heddle_agent_detach_from_thread(heddle_agent* agent, heddle_error* error);
/* Takes a detached agent. HEDDLE_WRONG_THREAD while it is attached to another thread. A thread may have several agents
 * attached. Detach before a thread ends. [any thread] */
HEDDLE_API heddle_status heddle_agent_attach_to_thread(heddle_agent* agent, heddle_error* error);

/* Brackets blocking in a host callback. Between the two every other call with this agent fails with HEDDLE_SUSPENDED, but
 * for those marked [any thread]. Does not nest. [the agent's thread] */
HEDDLE_API heddle_status heddle_agent_suspend(heddle_agent* agent, heddle_error* error);
HEDDLE_API heddle_status heddle_agent_resume(heddle_agent* agent, heddle_error* error);

/* Unique in its runtime and never used again; workers count along. [any thread] */
HEDDLE_API heddle_status heddle_agent_id(heddle_agent* agent, uint64_t* out, heddle_error* error);
/* Any pointer of the host's. [the agent's thread] */
HEDDLE_API heddle_status heddle_agent_set_data(heddle_agent* agent, void* data, heddle_error* error);
HEDDLE_API heddle_status heddle_agent_get_data(heddle_agent* agent, void** out, heddle_error* error);

/* Makes running script unwind, past every catch and finally, and ends waits. Calls return HEDDLE_TERMINATED from then on,
 * until heddle_agent_clear_termination. Twice is as once. [any thread] */
HEDDLE_API heddle_status heddle_agent_terminate(heddle_agent* agent, heddle_error* error);
/* Script may run again. HEDDLE_BUSY while script is still unwinding (in a callback). [the agent's thread] */
HEDDLE_API heddle_status heddle_agent_clear_termination(heddle_agent* agent, heddle_error* error);

typedef enum heddle_interrupt_action { HEDDLE_CONTINUE = 0, HEDDLE_TERMINATE = 1 } heddle_interrupt_action;
/* Runs `callback` once on the agent's thread, in the middle of script if it runs, else in the next call that runs script or
 * the event loop. In it calls with the agent fail with HEDDLE_SUSPENDED. Interrupts that an agent never got to are dropped
 * with it, uncalled. [any thread] */
HEDDLE_API heddle_status heddle_agent_interrupt(heddle_agent* agent,
                                                heddle_interrupt_action (*callback)(heddle_agent* agent, void* data),
                                                void* data, heddle_error* error);
/* Terminates what the agent runs once `nanoseconds` have passed, unless the deadline is moved or cleared first.
 * HEDDLE_NO_DEADLINE clears it. [any thread] */
HEDDLE_API heddle_status heddle_agent_set_deadline(heddle_agent* agent, uint64_t nanoseconds, heddle_error* error);
#define HEDDLE_NO_DEADLINE UINT64_MAX

/* --- the event loop ------------------------------------------------------------------------------------------- */

/* Runs `run` as a task on the agent's thread. `drop` (may be NULL) frees `data` when the task cannot run any more because
 * the agent ends; exactly one of the two is called. When the function fails, neither is. [any thread] */
HEDDLE_API heddle_status heddle_agent_post(heddle_agent* agent, void (*run)(heddle_agent* agent, void* data),
                                           void (*drop)(void* data), void* data, heddle_error* error);
/* Runs jobs, due tasks and timers until none is due; does not block. `*ran` (may be NULL): whether there was any.
 * [the agent's thread] */
HEDDLE_API heddle_status heddle_loop_run_until_idle(heddle_agent* agent, int* ran, heddle_error* error);
/* One round: what is due, or else a wait of at most `nanoseconds` for something, and then that. `*alive` (may be NULL): 0
 * when nothing is left that could bring more work. [the agent's thread] */
HEDDLE_API heddle_status heddle_loop_poll(heddle_agent* agent, uint64_t nanoseconds, int* alive, heddle_error* error);
/* Until nothing is left that could bring more work. [the agent's thread] */
HEDDLE_API heddle_status heddle_loop_run(heddle_agent* agent, heddle_error* error);
/* A descriptor that is readable while the agent has something to run; poll or select it, never read it. It belongs to the
 * agent. [the agent's thread] */
HEDDLE_API heddle_status heddle_loop_wake_descriptor(heddle_agent* agent, int* out, heddle_error* error);
/* Nanoseconds until the next timer is due: the time-out for poll(2). 0: something is due; HEDDLE_NO_DEADLINE: there is none.
 * [the agent's thread] */
HEDDLE_API heddle_status heddle_loop_next_deadline(heddle_agent* agent, uint64_t* nanoseconds, heddle_error* error);
/* Runs promise jobs until there are none. [the agent's thread, not inside a job] */
HEDDLE_API heddle_status heddle_jobs_run(heddle_agent* agent, heddle_error* error);
HEDDLE_API heddle_status heddle_jobs_pending(heddle_agent* agent, int* out, heddle_error* error);
/* Calls `function` without arguments as a job. [the agent's thread] */
HEDDLE_API heddle_status heddle_job_enqueue(heddle_agent* agent, heddle_value function, heddle_error* error);

/* From here on every function is for the agent's thread, unless it says [any thread]. */

/* --- handles -------------------------------------------------------------------------------------------------- */

/* Local handles live in the innermost scope. Host callbacks get a scope of their own, which ends with them. Outside of
 * callbacks open one first. */
HEDDLE_API heddle_status heddle_scope_open(heddle_agent* agent, heddle_scope* out, heddle_error* error);
/* HEDDLE_BUSY when it is not the innermost one. */
HEDDLE_API heddle_status heddle_scope_close(heddle_agent* agent, heddle_scope scope, heddle_error* error);
/* Closes the scope and makes a new handle for `value` in the one around it. */
HEDDLE_API heddle_status heddle_scope_close_keeping(heddle_agent* agent, heddle_scope scope, heddle_value value,
                                                    heddle_value* out, heddle_error* error);
/* A handle of its own that keeps the value alive until it is released. */
HEDDLE_API heddle_status heddle_value_persist(heddle_agent* agent, heddle_value value, heddle_value* out, heddle_error* error);
HEDDLE_API heddle_status heddle_value_release(heddle_agent* agent, heddle_value value, heddle_error* error);
/* A handle that does not keep the value alive. HEDDLE_WRONG_KIND for what CanBeHeldWeakly (ECMA-262 9.13) refuses: all but
 * objects and symbols that are not in the registry. To be released, also when the value is gone. */
HEDDLE_API heddle_status heddle_weak_create(heddle_agent* agent, heddle_value value, heddle_weak* out, heddle_error* error);
/* `*alive`: 1 and a local handle of the value, or 0 and a handle of undefined once it has been collected. A value that script
 * has seen through a WeakRef in the running job is kept until that job ends; this call keeps it through `out` alone. */
HEDDLE_API heddle_status heddle_weak_get(heddle_agent* agent, heddle_weak weak, int* alive, heddle_value* out,
                                         heddle_error* error);
HEDDLE_API heddle_status heddle_weak_release(heddle_agent* agent, heddle_weak weak, heddle_error* error);

/* --- realms --------------------------------------------------------------------------------------------------- */

/* A global object with a standard library of its own. Objects of an agent's realms refer to each other freely. */
HEDDLE_API heddle_status heddle_realm_create(heddle_agent* agent, heddle_realm* out, heddle_error* error);
HEDDLE_API heddle_status heddle_realm_release(heddle_agent* agent, heddle_realm realm, heddle_error* error);
/* The realm whose intrinsics new objects get: that of the running host function; outside of callbacks the agent's first,
 * or what was set last. A handle to be released. */
HEDDLE_API heddle_status heddle_realm_current(heddle_agent* agent, heddle_realm* out, heddle_error* error);
/* In a callback until it returns, else until set again. */
HEDDLE_API heddle_status heddle_realm_set_current(heddle_agent* agent, heddle_realm realm, heddle_error* error);
/* 7.3.25 GetFunctionRealm. A handle to be released. */
HEDDLE_API heddle_status heddle_realm_of_function(heddle_agent* agent, heddle_value function, heddle_realm* out,
                                                  heddle_error* error);
/* `globalThis` of the realm. */
HEDDLE_API heddle_status heddle_realm_global(heddle_agent* agent, heddle_realm realm, heddle_value* out, heddle_error* error);
HEDDLE_API heddle_status heddle_realm_equal(heddle_agent* agent, heddle_realm a, heddle_realm b, int* out,
                                            heddle_error* error);

/* --- values --------------------------------------------------------------------------------------------------- */

HEDDLE_API heddle_status heddle_undefined(heddle_agent* agent, heddle_value* out, heddle_error* error);
HEDDLE_API heddle_status heddle_null(heddle_agent* agent, heddle_value* out, heddle_error* error);
HEDDLE_API heddle_status heddle_boolean(heddle_agent* agent, int boolean, heddle_value* out, heddle_error* error);
HEDDLE_API heddle_status heddle_number(heddle_agent* agent, double number, heddle_value* out, heddle_error* error);
HEDDLE_API heddle_status heddle_string_utf8(heddle_agent* agent, const char* text, size_t length, heddle_value* out,
                                            heddle_error* error);
/* One unit a byte; `length` is no HEDDLE_AUTO_LENGTH here or below. */
HEDDLE_API heddle_status heddle_string_latin1(heddle_agent* agent, const uint8_t* units, size_t length, heddle_value* out,
                                              heddle_error* error);
/* Any units; lone surrogates are kept. */
HEDDLE_API heddle_status heddle_string_utf16(heddle_agent* agent, const uint16_t* units, size_t length, heddle_value* out,
                                             heddle_error* error);
HEDDLE_API heddle_status heddle_bigint_int64(heddle_agent* agent, int64_t number, heddle_value* out, heddle_error* error);
HEDDLE_API heddle_status heddle_bigint_uint64(heddle_agent* agent, uint64_t number, heddle_value* out, heddle_error* error);
/* The magnitude in 64-bit words, least significant first. */
HEDDLE_API heddle_status heddle_bigint_words(heddle_agent* agent, int negative, const uint64_t* words, size_t count,
                                             heddle_value* out, heddle_error* error);
/* `description` may be NULL: undefined. */
HEDDLE_API heddle_status heddle_symbol(heddle_agent* agent, const char* description, size_t length, heddle_value* out,
                                       heddle_error* error);
typedef enum heddle_well_known_symbol {
    HEDDLE_SYMBOL_ASYNC_ITERATOR = 0,
    HEDDLE_SYMBOL_HAS_INSTANCE = 1,
    HEDDLE_SYMBOL_ITERATOR = 2,
    HEDDLE_SYMBOL_SPECIES = 3,
    HEDDLE_SYMBOL_TO_PRIMITIVE = 4,
    HEDDLE_SYMBOL_TO_STRING_TAG = 5
} heddle_well_known_symbol;
HEDDLE_API heddle_status heddle_symbol_well_known(heddle_agent* agent, heddle_well_known_symbol which, heddle_value* out,
                                                  heddle_error* error);

typedef enum heddle_type {
    HEDDLE_UNDEFINED = 0,
    HEDDLE_NULL = 1,
    HEDDLE_BOOLEAN = 2,
    HEDDLE_NUMBER = 3,
    HEDDLE_BIGINT = 4,
    HEDDLE_STRING = 5,
    HEDDLE_SYMBOL = 6,
    HEDDLE_OBJECT = 7,
    HEDDLE_FUNCTION = 8 /* an object that can be called */
} heddle_type;
/* typeof, with null told apart. */
HEDDLE_API heddle_status heddle_value_type(heddle_agent* agent, heddle_value value, heddle_type* out, heddle_error* error);

typedef enum heddle_object_kind {
    HEDDLE_KIND_NONE = 0, /* no object */
    HEDDLE_KIND_OBJECT = 1,
    HEDDLE_KIND_ARRAY = 2,
    HEDDLE_KIND_FUNCTION = 3,
    HEDDLE_KIND_ERROR = 4,
    HEDDLE_KIND_PROMISE = 5,
    HEDDLE_KIND_ARRAY_BUFFER = 6,
    HEDDLE_KIND_SHARED_ARRAY_BUFFER = 7,
    HEDDLE_KIND_TYPED_ARRAY = 8,
    HEDDLE_KIND_DATA_VIEW = 9,
    HEDDLE_KIND_MAP = 10,
    HEDDLE_KIND_SET = 11,
    HEDDLE_KIND_DATE = 12,
    HEDDLE_KIND_REGEXP = 13,
    HEDDLE_KIND_PROXY = 14,
    HEDDLE_KIND_HOST = 15 /* an instance of a heddle_class */
} heddle_object_kind;
/* What an object is, whatever its prototypes say. Runs no script. */
HEDDLE_API heddle_status heddle_value_kind(heddle_agent* agent, heddle_value value, heddle_object_kind* out,
                                           heddle_error* error);

/* Reading a value of the right type; HEDDLE_WRONG_KIND otherwise. None runs script. */
HEDDLE_API heddle_status heddle_get_boolean(heddle_agent* agent, heddle_value value, int* out, heddle_error* error);
HEDDLE_API heddle_status heddle_get_number(heddle_agent* agent, heddle_value value, double* out, heddle_error* error);
/* Modulo 2^64. `*lossless` (may be NULL) tells whether it fitted. */
HEDDLE_API heddle_status heddle_get_int64(heddle_agent* agent, heddle_value bigint, int64_t* out, int* lossless,
                                          heddle_error* error);
HEDDLE_API heddle_status heddle_get_uint64(heddle_agent* agent, heddle_value bigint, uint64_t* out, int* lossless,
                                           heddle_error* error);
/* Copies at most `capacity` words. `*count` is how many there are. */
HEDDLE_API heddle_status heddle_get_bigint_words(heddle_agent* agent, heddle_value bigint, int* negative, uint64_t* words,
                                                 size_t capacity, size_t* count, heddle_error* error);
/* Copies whole characters while they fit, and a NUL behind them if that fits too. `*length` (may be NULL) is the length of
 * the whole string in bytes without a NUL. `buffer` may be NULL when `capacity` is 0. Lone surrogates become U+FFFD. */
HEDDLE_API heddle_status heddle_get_string_utf8(heddle_agent* agent, heddle_value string, char* buffer, size_t capacity,
                                                size_t* length, heddle_error* error);
/* HEDDLE_WRONG_KIND when a unit is above 0xFF. */
HEDDLE_API heddle_status heddle_get_string_latin1(heddle_agent* agent, heddle_value string, uint8_t* buffer, size_t capacity,
                                                  size_t* length, heddle_error* error);
HEDDLE_API heddle_status heddle_get_string_utf16(heddle_agent* agent, heddle_value string, uint16_t* buffer, size_t capacity,
                                                 size_t* length, heddle_error* error);

/* Conversions of the language; all but the first may run script. */
HEDDLE_API heddle_status heddle_to_boolean(heddle_agent* agent, heddle_value value, int* out, heddle_error* error);
HEDDLE_API heddle_status heddle_to_number(heddle_agent* agent, heddle_value value, double* out, heddle_error* error);
HEDDLE_API heddle_status heddle_to_int32(heddle_agent* agent, heddle_value value, int32_t* out, heddle_error* error);
HEDDLE_API heddle_status heddle_to_string(heddle_agent* agent, heddle_value value, heddle_value* out, heddle_error* error);
HEDDLE_API heddle_status heddle_to_object(heddle_agent* agent, heddle_value value, heddle_value* out, heddle_error* error);
HEDDLE_API heddle_status heddle_to_bigint(heddle_agent* agent, heddle_value value, heddle_value* out, heddle_error* error);

HEDDLE_API heddle_status heddle_strictly_equal(heddle_agent* agent, heddle_value a, heddle_value b, int* out,
                                               heddle_error* error);
HEDDLE_API heddle_status heddle_same_value(heddle_agent* agent, heddle_value a, heddle_value b, int* out, heddle_error* error);
/* `value instanceof constructor`; may run script. */
HEDDLE_API heddle_status heddle_instance_of(heddle_agent* agent, heddle_value value, heddle_value constructor, int* out,
                                            heddle_error* error);

HEDDLE_API heddle_status heddle_json_parse(heddle_agent* agent, const char* text, size_t length, heddle_value* out,
                                           heddle_error* error);
/* JSON.stringify(value, undefined, indent): a string, or undefined for what has no JSON. May run script. */
HEDDLE_API heddle_status heddle_json_stringify(heddle_agent* agent, heddle_value value, uint32_t indent, heddle_value* out,
                                               heddle_error* error);

/* --- objects -------------------------------------------------------------------------------------------------- */

HEDDLE_API heddle_status heddle_object_create(heddle_agent* agent, heddle_value* out, heddle_error* error);
/* `prototype`: an object or null. */
HEDDLE_API heddle_status heddle_object_create_with_prototype(heddle_agent* agent, heddle_value prototype, heddle_value* out,
                                                             heddle_error* error);
HEDDLE_API heddle_status heddle_array_create(heddle_agent* agent, const heddle_value* values, size_t count, heddle_value* out,
                                             heddle_error* error);
/* The value of "length" as an array-like's; may run script. */
HEDDLE_API heddle_status heddle_array_length(heddle_agent* agent, heddle_value array, uint64_t* out, heddle_error* error);

/* Properties. Keys are strings, symbols or numbers; the _named forms take UTF-8, the _indexed ones an index. All may run
 * script (getters, setters, proxies). Setting and deleting throw where strict code would. */
HEDDLE_API heddle_status heddle_get(heddle_agent* agent, heddle_value object, heddle_value key, heddle_value* out,
                                    heddle_error* error);
HEDDLE_API heddle_status heddle_set(heddle_agent* agent, heddle_value object, heddle_value key, heddle_value value,
                                    heddle_error* error);
HEDDLE_API heddle_status heddle_has(heddle_agent* agent, heddle_value object, heddle_value key, int* out, heddle_error* error);
HEDDLE_API heddle_status heddle_has_own(heddle_agent* agent, heddle_value object, heddle_value key, int* out,
                                        heddle_error* error);
HEDDLE_API heddle_status heddle_delete(heddle_agent* agent, heddle_value object, heddle_value key, heddle_error* error);
HEDDLE_API heddle_status heddle_get_named(heddle_agent* agent, heddle_value object, const char* name, heddle_value* out,
                                          heddle_error* error);
HEDDLE_API heddle_status heddle_set_named(heddle_agent* agent, heddle_value object, const char* name, heddle_value value,
                                          heddle_error* error);
HEDDLE_API heddle_status heddle_get_indexed(heddle_agent* agent, heddle_value object, uint64_t index, heddle_value* out,
                                            heddle_error* error);
HEDDLE_API heddle_status heddle_set_indexed(heddle_agent* agent, heddle_value object, uint64_t index, heddle_value value,
                                            heddle_error* error);

typedef enum heddle_attributes {
    HEDDLE_WRITABLE = 1,
    HEDDLE_ENUMERABLE = 2,
    HEDDLE_CONFIGURABLE = 4,
    HEDDLE_DEFAULT_ATTRIBUTES = 7
} heddle_attributes;
/* DefinePropertyOrThrow with a data property; `attributes` is an or of heddle_attributes. */
HEDDLE_API heddle_status heddle_define(heddle_agent* agent, heddle_value object, heddle_value key, heddle_value value,
                                       uint32_t attributes, heddle_error* error);
/* With an accessor property; getter and setter are functions or undefined. */
HEDDLE_API heddle_status heddle_define_accessor(heddle_agent* agent, heddle_value object, heddle_value key,
                                                heddle_value getter, heddle_value setter, uint32_t attributes,
                                                heddle_error* error);
typedef enum heddle_key_filter {
    HEDDLE_ENUMERABLE_STRINGS = 0, /* Object.keys */
    HEDDLE_ALL_KEYS = 1            /* Reflect.ownKeys */
} heddle_key_filter;
/* An array of own keys. */
HEDDLE_API heddle_status heddle_own_keys(heddle_agent* agent, heddle_value object, heddle_key_filter filter, heddle_value* out,
                                         heddle_error* error);
/* An object or null. */
HEDDLE_API heddle_status heddle_get_prototype(heddle_agent* agent, heddle_value object, heddle_value* out,
                                              heddle_error* error);
HEDDLE_API heddle_status heddle_set_prototype(heddle_agent* agent, heddle_value object, heddle_value prototype,
                                              heddle_error* error);

/* --- functions ------------------------------------------------------------------------------------------------ */

HEDDLE_API heddle_status heddle_call(heddle_agent* agent, heddle_value function, heddle_value this_value,
                                     const heddle_value* arguments, size_t count, heddle_value* out, heddle_error* error);
HEDDLE_API heddle_status heddle_construct(heddle_agent* agent, heddle_value constructor, const heddle_value* arguments,
                                          size_t count, heddle_value* out, heddle_error* error);

/* What a host function is called with; all handles are local to the call. */
typedef struct heddle_arguments {
    uint32_t size;
    uint32_t is_construct; /* called by new; this_value is the new object */
    heddle_value function;
    heddle_value this_value;
    heddle_value new_target; /* undefined for a plain call */
    const heddle_value* values;
    size_t count;
    void* data; /* of the function or class */
} heddle_arguments;

/* Sets *result (undefined before) and returns HEDDLE_OK; or returns what a failed call or heddle_throw returned. Any other
 * failure becomes an Error that names the status. */
typedef heddle_status (*heddle_callback)(heddle_agent* agent, const heddle_arguments* arguments, heddle_value* result);
/* Frees data of the host. Called once, on the thread that the agent is attached to, at the end of a call when no script is
 * under way, at the latest in heddle_agent_destroy; it may make calls, but not during heddle_agent_destroy, when they fail
 * with HEDDLE_DEAD_AGENT. */
typedef void (*heddle_finalizer)(heddle_agent* agent, void* data);

/* `name` may be NULL, `finalizer` too. When the call fails the finalizer is not called. */
HEDDLE_API heddle_status heddle_function_create(heddle_agent* agent, const char* name, uint32_t length,
                                                heddle_callback callback, void* data, heddle_finalizer finalizer,
                                                heddle_value* out, heddle_error* error);

typedef struct heddle_method {
    const char* name;
    heddle_callback callback; /* of a method; NULL for an accessor */
    heddle_callback getter;
    heddle_callback setter;
    uint32_t length;
    uint32_t is_static;
    void* data; /* what its callbacks get instead of the class's data; NULL: that */
} heddle_method;

typedef struct heddle_class_options {
    uint32_t size;
    uint32_t length;             /* of the constructor */
    const char* name;
    heddle_callback constructor; /* NULL: `new` throws a TypeError, only the host makes instances */
    const heddle_method* methods;
    size_t method_count;
    heddle_class parent;         /* all zero: none */
    void* data;                  /* for all its callbacks */
    heddle_finalizer finalizer;  /* of that data */
} heddle_class_options;
#define HEDDLE_CLASS_OPTIONS_INIT { sizeof(heddle_class_options), 0, NULL, NULL, NULL, 0, { 0, 0 }, NULL, NULL }

/* A class of the current realm. Script may extend it. Its callbacks get `this` unchecked: see heddle_object_get_private. */
HEDDLE_API heddle_status heddle_class_create(heddle_agent* agent, const heddle_class_options* options, heddle_class* out,
                                             heddle_error* error);
HEDDLE_API heddle_status heddle_class_release(heddle_agent* agent, heddle_class host_class, heddle_error* error);
/* The constructor function, for example to define it on a global object. */
HEDDLE_API heddle_status heddle_class_constructor(heddle_agent* agent, heddle_class host_class, heddle_value* out,
                                                  heddle_error* error);
/* An instance, without a call of the constructor. */
HEDDLE_API heddle_status heddle_class_instantiate(heddle_agent* agent, heddle_class host_class, void* data,
                                                  heddle_finalizer finalizer, heddle_value* out, heddle_error* error);
/* Gives an instance its data, in place of what it had (which is finalized). */
HEDDLE_API heddle_status heddle_object_set_private(heddle_agent* agent, heddle_value object, void* data,
                                                   heddle_finalizer finalizer, heddle_error* error);
/* HEDDLE_WRONG_KIND when `object` is no instance of the class or of one derived from it, whatever its prototypes say. */
HEDDLE_API heddle_status heddle_object_get_private(heddle_agent* agent, heddle_value object, heddle_class host_class,
                                                   void** out, heddle_error* error);

/* --- exceptions ----------------------------------------------------------------------------------------------- */

/* The exception of the last call that returned HEDDLE_EXCEPTION or HEDDLE_OUT_OF_MEMORY; undefined when there is none. */
HEDDLE_API heddle_status heddle_exception_get(heddle_agent* agent, heddle_value* out, heddle_error* error);
HEDDLE_API heddle_status heddle_exception_clear(heddle_agent* agent, heddle_error* error);
/* HEDDLE_EXCEPTION when it succeeds, for callbacks to return. */
HEDDLE_API heddle_status heddle_throw(heddle_agent* agent, heddle_value exception, heddle_error* error);
typedef enum heddle_error_type {
    HEDDLE_PLAIN_ERROR = 0,
    HEDDLE_EVAL_ERROR = 1,
    HEDDLE_RANGE_ERROR = 2,
    HEDDLE_REFERENCE_ERROR = 3,
    HEDDLE_SYNTAX_ERROR = 4,
    HEDDLE_TYPE_ERROR = 5,
    HEDDLE_URI_ERROR = 6
} heddle_error_type;
HEDDLE_API heddle_status heddle_throw_error(heddle_agent* agent, heddle_error_type type, const char* message,
                                            heddle_error* error);
HEDDLE_API heddle_status heddle_error_create(heddle_agent* agent, heddle_error_type type, const char* message,
                                             heddle_value* out, heddle_error* error);
/* "TypeError: message" of an error, a short display of any other value: a string. Runs no script. */
HEDDLE_API heddle_status heddle_exception_message(heddle_agent* agent, heddle_value exception, heddle_value* out,
                                                  heddle_error* error);
/* The headline and a line for each frame, as a string; undefined for what is no error. Runs no script. */
HEDDLE_API heddle_status heddle_exception_stack(heddle_agent* agent, heddle_value exception, heddle_value* out,
                                                heddle_error* error);
/* Where an error was made: a string (undefined when not known), line and column from 1 (0 when not known). */
HEDDLE_API heddle_status heddle_exception_position(heddle_agent* agent, heddle_value exception, heddle_value* file,
                                                   uint32_t* line, uint32_t* column, heddle_error* error);

/* --- promises ------------------------------------------------------------------------------------------------- */

/* A pending promise, and the value that settles it: pass it to heddle_promise_resolve or _reject, once. */
HEDDLE_API heddle_status heddle_promise_create(heddle_agent* agent, heddle_value* promise, heddle_value* resolver,
                                               heddle_error* error);
/* 27.2.1.3.2 Promise Resolve Functions: thenables are followed. Does nothing when it was resolved before. */
HEDDLE_API heddle_status heddle_promise_resolve(heddle_agent* agent, heddle_value resolver, heddle_value value,
                                                heddle_error* error);
HEDDLE_API heddle_status heddle_promise_reject(heddle_agent* agent, heddle_value resolver, heddle_value reason,
                                               heddle_error* error);
typedef enum heddle_promise_state { HEDDLE_PENDING = 0, HEDDLE_FULFILLED = 1, HEDDLE_REJECTED = 2 } heddle_promise_state;
/* `result` (may be NULL): the value or the reason; undefined while pending. */
HEDDLE_API heddle_status heddle_promise_get_state(heddle_agent* agent, heddle_value promise, heddle_promise_state* state,
                                                  heddle_value* result, heddle_error* error);
/* PerformPromiseThen; either function may be undefined. `out` (may be NULL): the derived promise. */
HEDDLE_API heddle_status heddle_promise_then(heddle_agent* agent, heddle_value promise, heddle_value on_fulfilled,
                                             heddle_value on_rejected, heddle_value* out, heddle_error* error);

/* --- scripts -------------------------------------------------------------------------------------------------- */

/* Compiles once what any number of agents can run. `name` (may be NULL) stands in stack traces. A SyntaxError is the agent's
 * exception. */
HEDDLE_API heddle_status heddle_script_compile(heddle_agent* agent, const char* source, size_t length, const char* name,
                                               heddle_script** out, heddle_error* error);
/* Runs it in the current realm. */
HEDDLE_API heddle_status heddle_script_run(heddle_agent* agent, heddle_script* script, heddle_value* out, heddle_error* error);
/* Running instances are not disturbed. [any thread] */
HEDDLE_API heddle_status heddle_script_release(heddle_runtime* runtime, heddle_script* script, heddle_error* error);
/* Compile, run, release. */
HEDDLE_API heddle_status heddle_evaluate(heddle_agent* agent, const char* source, size_t length, const char* name,
                                         heddle_value* out, heddle_error* error);

/* --- modules -------------------------------------------------------------------------------------------------- */

typedef struct heddle_module_request {
    uint32_t size;
    uint32_t reserved;
    const char* specifier; /* all three NUL-terminated as well */
    size_t specifier_length;
    const char* referrer;  /* the key of the importing module or script; "" for heddle_module_import */
    size_t referrer_length;
    const char* type;      /* of the import attribute "type"; "" without */
    size_t type_length;
} heddle_module_request;

typedef struct heddle_module_hooks {
    uint32_t size;
    uint32_t reserved;
    void* data;
    /* The key of the module that the specifier names, as a string: modules are made once for each realm, key and type. NULL:
     * the specifier itself. */
    heddle_status (*resolve)(heddle_agent* agent, const heddle_module_request* request, heddle_value* key, void* data);
    /* Asks for the module with this key (request->specifier is the key). The host answers, now or later, with one of the
     * heddle_module_complete functions and the number `load`; or fails at once by returning a failure. */
    heddle_status (*load)(heddle_agent* agent, uint64_t load, const heddle_module_request* request, void* data);
    /* Adds to a new import.meta object. NULL: it stays empty but for "url", the key. */
    heddle_status (*fill_meta)(heddle_agent* agent, const char* key, size_t key_length, heddle_value meta, void* data);
} heddle_module_hooks;
#define HEDDLE_MODULE_HOOKS_INIT { sizeof(heddle_module_hooks), 0, NULL, NULL, NULL, NULL }

/* Replaces the agent's loader of files. `load` is needed. Before the first module. */
HEDDLE_API heddle_status heddle_module_set_hooks(heddle_agent* agent, const heddle_module_hooks* hooks, heddle_error* error);
/* import(specifier) in the current realm: the promise of the module's namespace. */
HEDDLE_API heddle_status heddle_module_import(heddle_agent* agent, const char* specifier, size_t length, heddle_value* promise,
                                              heddle_error* error);
/* Answers to `load`. HEDDLE_BAD_HANDLE when it was answered before. Errors in the source go to whoever imports it. */
HEDDLE_API heddle_status heddle_module_complete_source(heddle_agent* agent, uint64_t load, const char* source, size_t length,
                                                       heddle_error* error);
HEDDLE_API heddle_status heddle_module_complete_json(heddle_agent* agent, uint64_t load, const char* text, size_t length,
                                                     heddle_error* error);
/* A synthetic module: its exports are the own enumerable string properties of `exports`, read now. */
HEDDLE_API heddle_status heddle_module_complete_synthetic(heddle_agent* agent, uint64_t load, heddle_value exports,
                                                          heddle_error* error);
HEDDLE_API heddle_status heddle_module_complete_error(heddle_agent* agent, uint64_t load, heddle_value exception,
                                                      heddle_error* error);

/* --- buffers -------------------------------------------------------------------------------------------------- */

/* Frees memory that the host lent. Called exactly once, when nothing refers to the store any more, on the thread that drops
 * the last reference: an agent's thread (then at the end of a call, never in the midst of script or of a collection), a
 * worker's thread, or the thread in heddle_store_release, heddle_message_destroy or heddle_runtime_destroy. It must not
 * call into the runtime. */
typedef void (*heddle_free)(void* data, size_t byte_length, void* context);

typedef struct heddle_store_options {
    uint32_t size;
    uint32_t shared;          /* for SharedArrayBuffers */
    uint64_t byte_length;
    uint64_t max_byte_length; /* 0: fixed length */
} heddle_store_options;
#define HEDDLE_STORE_OPTIONS_INIT { sizeof(heddle_store_options), 0, 0, 0 }
/* Zeroed memory of the engine's. [any thread] */
HEDDLE_API heddle_status heddle_store_create(heddle_runtime* runtime, const heddle_store_options* options, heddle_store** out,
                                             heddle_error* error);
/* The host's memory. When the call fails `free` is not called. [any thread] */
HEDDLE_API heddle_status heddle_store_adopt(heddle_runtime* runtime, void* data, size_t byte_length, int shared,
                                            heddle_free free, void* context, heddle_store** out, heddle_error* error);
/* The bytes, for as long as the handle is not released. Script writes to shared ones at any time: use atomics. [any thread] */
HEDDLE_API heddle_status heddle_store_bytes(heddle_runtime* runtime, heddle_store* store, void** data, size_t* byte_length,
                                            heddle_error* error);
/* Buffers made of it live on. [any thread] */
HEDDLE_API heddle_status heddle_store_release(heddle_runtime* runtime, heddle_store* store, heddle_error* error);

/* An ArrayBuffer of an unshared store, whose handle is used up; or a SharedArrayBuffer of a shared one, whose handle stays. */
HEDDLE_API heddle_status heddle_buffer_create(heddle_agent* agent, heddle_store* store, heddle_value* out,
                                              heddle_error* error);
/* A handle of a SharedArrayBuffer's store, for other agents; to be released. */
HEDDLE_API heddle_status heddle_buffer_share(heddle_agent* agent, heddle_value buffer, heddle_store** out,
                                             heddle_error* error);
/* Detaches an ArrayBuffer and gives its store to the host. TypeError when its detach key is not `key` (NULL: undefined). */
HEDDLE_API heddle_status heddle_buffer_take(heddle_agent* agent, heddle_value buffer, const heddle_value* key,
                                            heddle_store** out, heddle_error* error);
HEDDLE_API heddle_status heddle_buffer_detach(heddle_agent* agent, heddle_value buffer, const heddle_value* key,
                                              heddle_error* error);
/* [[ArrayBufferDetachKey]]: from now on only who has the key detaches or transfers it. */
HEDDLE_API heddle_status heddle_buffer_set_detach_key(heddle_agent* agent, heddle_value buffer, heddle_value key,
                                                      heddle_error* error);
typedef struct heddle_buffer_info {
    uint32_t size;
    uint32_t shared;
    uint32_t resizable; /* growable, when shared */
    uint32_t detached;
    uint32_t immutable;
    uint32_t reserved;
    void* data; /* until script runs or the buffer is detached or resized; NULL when detached */
    size_t byte_length;
    size_t max_byte_length;
} heddle_buffer_info;
#define HEDDLE_BUFFER_INFO_INIT { sizeof(heddle_buffer_info), 0, 0, 0, 0, 0, NULL, 0, 0 }
HEDDLE_API heddle_status heddle_buffer_get_info(heddle_agent* agent, heddle_value buffer, heddle_buffer_info* out,
                                                heddle_error* error);

typedef enum heddle_element_type {
    HEDDLE_INT8 = 0,
    HEDDLE_UINT8 = 1,
    HEDDLE_UINT8_CLAMPED = 2,
    HEDDLE_INT16 = 3,
    HEDDLE_UINT16 = 4,
    HEDDLE_INT32 = 5,
    HEDDLE_UINT32 = 6,
    HEDDLE_FLOAT16 = 7,
    HEDDLE_FLOAT32 = 8,
    HEDDLE_FLOAT64 = 9,
    HEDDLE_BIGINT64 = 10,
    HEDDLE_BIGUINT64 = 11,
    HEDDLE_BYTES = 12 /* a DataView */
} heddle_element_type;
/* A view of a buffer; `length` in elements, HEDDLE_AUTO_LENGTH: the rest, and with the buffer when that is resizable.
 * Throws as the constructors do. */
HEDDLE_API heddle_status heddle_view_create(heddle_agent* agent, heddle_element_type type, heddle_value buffer,
                                            size_t byte_offset, size_t length, heddle_value* out, heddle_error* error);
typedef struct heddle_view_info {
    uint32_t size;
    heddle_element_type type;
    uint32_t out_of_bounds; /* or its buffer is detached: then data is NULL and the lengths are 0 */
    uint32_t tracks_length;
    void* data; /* as in heddle_buffer_info */
    size_t byte_offset;
    size_t byte_length;
    size_t length; /* in elements */
} heddle_view_info;
#define HEDDLE_VIEW_INFO_INIT { sizeof(heddle_view_info), HEDDLE_INT8, 0, 0, NULL, 0, 0, 0 }
/* `buffer` (may be NULL) receives the view's buffer. */
HEDDLE_API heddle_status heddle_view_get_info(heddle_agent* agent, heddle_value view, heddle_view_info* out,
                                              heddle_value* buffer, heddle_error* error);

/* --- messages ------------------------------------------------------------------------------------------------- */

/* Structured clone: `value` as a message for another agent of the runtime. What `transfer` names is detached here and
 * arrives there. Throws a DataCloneError that names the path to what cannot be cloned; then nothing is detached. */
HEDDLE_API heddle_status heddle_message_serialize(heddle_agent* agent, heddle_value value, const heddle_value* transfer,
                                                  size_t transfer_count, heddle_message** out, heddle_error* error);
/* Uses the message up, also when reading it throws. `transferred` (may be NULL): an array of what was transferred. */
HEDDLE_API heddle_status heddle_message_deserialize(heddle_agent* agent, heddle_message* message, heddle_value* out,
                                                    heddle_value* transferred, heddle_error* error);
/* A message of bytes that were kept. Hostile bytes give a DataCloneError when the message is read. [any thread] */
HEDDLE_API heddle_status heddle_message_from_bytes(heddle_runtime* runtime, const void* bytes, size_t length,
                                                   heddle_message** out, heddle_error* error);
/* The message's bytes, while it lives. HEDDLE_REFUSED when stores or transferred objects travel beside them: they would be
 * lost. [any thread] */
HEDDLE_API heddle_status heddle_message_bytes(heddle_runtime* runtime, heddle_message* message, const void** bytes,
                                              size_t* length, heddle_error* error);
/* For one more receiver. HEDDLE_REFUSED for messages that transfer something. [any thread] */
HEDDLE_API heddle_status heddle_message_copy(heddle_runtime* runtime, heddle_message* message, heddle_message** out,
                                             heddle_error* error);
/* An unread message; what it transfers is gone. [any thread] */
HEDDLE_API heddle_status heddle_message_destroy(heddle_runtime* runtime, heddle_message* message, heddle_error* error);

/* How much may wait in one direction between two ports, or between a Worker and its script. */
typedef struct heddle_queue_limits {
    uint32_t size;
    uint32_t blocks;   /* not 0: a full queue blocks postMessage until there is room, where the sending agent may block and
                        * the receiver is another agent; else, and everywhere when it is 0, QuotaExceededError is thrown */
    uint64_t messages; /* at least 1; 0: 2^22 */
    uint64_t bytes;    /* of the messages that wait, buffers included; 0: 4 GiB. The message that reaches it still passes */
} heddle_queue_limits;
#define HEDDLE_QUEUE_LIMITS_INIT { sizeof(heddle_queue_limits), 0, 0, 0 }
/* Of the MessageChannels and Workers that the runtime's agents make from now on. [any thread] */
HEDDLE_API heddle_status heddle_runtime_set_queue_limits(heddle_runtime* runtime, const heddle_queue_limits* limits,
                                                         heddle_error* error);
/* Of both directions between `port`, a MessagePort or a Worker, and the other side; each sender heeds them from the message
 * after its next one on. HEDDLE_WRONG_KIND for other values, and for ports that are closed or were transferred. */
HEDDLE_API heddle_status heddle_port_set_queue_limits(heddle_agent* agent, heddle_value port,
                                                      const heddle_queue_limits* limits, heddle_error* error);
HEDDLE_API heddle_status heddle_port_get_queue_limits(heddle_agent* agent, heddle_value port, heddle_queue_limits* out,
                                                      heddle_error* error);

/* --- the heap ------------------------------------------------------------------------------------------------- */

typedef struct heddle_heap_statistics {
    uint32_t size;
    uint32_t reserved;
    uint64_t cell_bytes;     /* what the last collection left alive and what was made since */
    uint64_t block_bytes;    /* held from the runtime */
    uint64_t external_bytes; /* held outside on behalf of cells: buffers */
    uint64_t limit_bytes;
    uint64_t allocations;
    uint64_t young_collections;
    uint64_t full_collections;
    uint64_t last_pause_ns;
    uint64_t longest_pause_ns;
    uint64_t total_pause_ns;
    uint64_t local_handles;
    uint64_t persistent_handles;
} heddle_heap_statistics;
#define HEDDLE_HEAP_STATISTICS_INIT { sizeof(heddle_heap_statistics), 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 }
HEDDLE_API heddle_status heddle_heap_get_statistics(heddle_agent* agent, heddle_heap_statistics* out, heddle_error* error);
/* Collects fully, now. */
HEDDLE_API heddle_status heddle_heap_collect(heddle_agent* agent, heddle_error* error);
/* Writes the heap as the JSON that the Memory panel of Chrome DevTools loads (.heapsnapshot), piece by piece. `write`
 * returns 0 to stop: HEDDLE_REFUSED. It must not call into the agent. */
HEDDLE_API heddle_status heddle_heap_snapshot(heddle_agent* agent, int (*write)(const char* piece, size_t length, void* data),
                                              void* data, heddle_error* error);
/* Testing: the Nth allocation from now fails, as if the limit were reached; 0: none does. */
HEDDLE_API heddle_status heddle_heap_fail_allocation(heddle_agent* agent, uint64_t nth, heddle_error* error);

#ifdef __cplusplus
}
#endif

#endif
