"""SciPy's LSODA with right-hand side and Jacobian compiled from the model's emitted C, beside
bench_engine, which starts this, writes IN and reads OUT:

    python3 scipy_lsoda.py LIBRARY IN OUT

A line with a tolerance comes in, all people are integrated, the CPU seconds of that go out. The
integrator is handed C functions (capsules, which its wrapper accepts in place of Python ones), so
that no Python runs inside a day; it is begun anew at midnight, when levers jump. Wants Debian's
python3-scipy."""
import ctypes
import sys
import time

import numpy as np
from scipy.integrate._ode import lsoda

lib = ctypes.CDLL(sys.argv[1])
path = lambda s: ctypes.byref(ctypes.c_char_p(s.encode()))
size = (ctypes.c_int * 3)()
lib.peer_open(path(sys.argv[2]), size)
people, days, states = size
capsule = ctypes.pythonapi.PyCapsule_New
capsule.restype, capsule.argtypes = ctypes.py_object, [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
f, jac = (capsule(ctypes.cast(fn, ctypes.c_void_p), None, None) for fn in (lib.peer_f, lib.peer_j))


def once(rtol):
    z = np.zeros(states)
    lib.peer_keep.argtypes = [ctypes.c_void_p, ctypes.c_void_p]
    with_jac = lsoda(with_jacobian=True, rtol=rtol, atol=0.01 * rtol, nsteps=1000000)
    for p in range(people):
        lib.peer_start(ctypes.byref(ctypes.c_int(p)), z.ctypes.data_as(ctypes.c_void_p))
        for d in range(days):
            day = ctypes.c_int(d)
            lib.peer_day(ctypes.byref(day))
            with_jac.reset(states, True)
            with_jac.initialized = True  # one integrator, and nobody else's
            with_jac.acquire_new_handle()
            z, _ = with_jac.run(f, jac, z, 0.0, 1.0, (), ())
            if not with_jac.success:
                sys.exit("SciPy fails")
            lib.peer_keep(ctypes.addressof(day), z.ctypes.data)


print("ready", flush=True)
for line in sys.stdin:
    begin = time.process_time()
    once(float(line))
    spent = time.process_time() - begin
    lib.peer_save(path(sys.argv[3]))
    print(f"{spent:.9g}", flush=True)
