/* The UTF-8 of a text without a copy of it, where it is ASCII: the twin in C of octets.py. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* Lends the bytes of a str that it keeps alive; they do not change, nor move. */
typedef struct {
    PyObject_HEAD
    PyObject *text;
} Lender;

static int
lend(PyObject *self, Py_buffer *view, int flags)
{
    PyObject *text = ((Lender *)self)->text;

    return PyBuffer_FillInfo(view, self, PyUnicode_1BYTE_DATA(text), PyUnicode_GET_LENGTH(text), 1,
                             flags);
}

static void
end(PyObject *self)
{
    PyTypeObject *type = Py_TYPE(self);

    Py_DECREF(((Lender *)self)->text);
    type->tp_free(self);
    Py_DECREF(type);
}

static PyType_Slot parts[] = {
    {Py_bf_getbuffer, (void *)lend},
    {Py_tp_dealloc, (void *)end},
    {0, NULL},
};

static PyType_Spec specification = {
    .name = "wsgate.websocket._octets.Lender",
    .basicsize = sizeof(Lender),
    .flags = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION,
    .slots = parts,
};

static PyObject *
octets(PyObject *module, PyObject *text)
{
    PyTypeObject *type = *(PyTypeObject **)PyModule_GetState(module);
    PyObject *lender, *view;

    if (!PyUnicode_Check(text)) {
        return PyErr_Format(PyExc_TypeError, "octets() takes a str, not %.100s",
                            Py_TYPE(text)->tp_name);
    }
    if (!PyUnicode_IS_COMPACT_ASCII(text)) {
        return PyUnicode_AsUTF8String(text);
    }
    lender = type->tp_alloc(type, 0);
    if (lender == NULL) {
        return NULL;
    }
    Py_INCREF(text);
    ((Lender *)lender)->text = text;
    view = PyMemoryView_FromObject(lender);
    Py_DECREF(lender);
    return view;
}

static PyMethodDef functions[] = {
    {"octets", octets, METH_O, "octets($module, text, /)\n--\n\nSee wsgate.websocket.octets."},
    {NULL, NULL, 0, NULL},
};

static int
begin(PyObject *module)
{
    PyObject **type = PyModule_GetState(module);

    *type = PyType_FromModuleAndSpec(module, &specification, NULL);
    return *type == NULL ? -1 : 0;
}

static int
traverse(PyObject *module, visitproc visit, void *arg)
{
    Py_VISIT(*(PyObject **)PyModule_GetState(module));
    return 0;
}

static int
clear(PyObject *module)
{
    Py_CLEAR(*(PyObject **)PyModule_GetState(module));
    return 0;
}

static void
release(void *module)
{
    clear(module);
}

static PyModuleDef_Slot slots[] = {{Py_mod_exec, (void *)begin}, {0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_octets",
    .m_doc = "The function of wsgate.websocket.octets, in C.",
    .m_size = sizeof(PyObject *),
    .m_methods = functions,
    .m_slots = slots,
    .m_traverse = traverse,
    .m_clear = clear,
    .m_free = release,
};

PyMODINIT_FUNC
PyInit__octets(void)
{
    return PyModuleDef_Init(&definition);
}
