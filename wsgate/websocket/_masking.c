/* Masking of payloads (RFC 6455 section 5.3), eight bytes at a time: the twin in C of masking.py. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

enum { KEY_SIZE = 4 };

/* memcpy() is a plain load or store at any alignment, and lets the compiler use vectors. */
static void
mask(unsigned char *restrict out, const unsigned char *restrict data, Py_ssize_t size,
     const unsigned char *restrict key)
{
    unsigned char twice[2 * KEY_SIZE];
    uint64_t stream, word;
    Py_ssize_t i = 0;

    memcpy(twice, key, KEY_SIZE);
    memcpy(twice + KEY_SIZE, key, KEY_SIZE);
    memcpy(&stream, twice, sizeof stream);
    for (; size - i >= (Py_ssize_t)sizeof word; i += (Py_ssize_t)sizeof word) {
        memcpy(&word, data + i, sizeof word);
        word ^= stream;
        memcpy(out + i, &word, sizeof word);
    }
    for (; i < size; i++) {
        out[i] = data[i] ^ key[i % KEY_SIZE];
    }
}

static PyObject *
masked(const unsigned char *data, Py_ssize_t size, const unsigned char *key)
{
    PyObject *result = PyBytes_FromStringAndSize(NULL, size);

    if (result != NULL) {
        mask((unsigned char *)PyBytes_AS_STRING(result), data, size, key);
    }
    return result;
}

static int
has_arguments(const char *function, Py_ssize_t given, Py_ssize_t wanted)
{
    if (given != wanted) {
        PyErr_Format(PyExc_TypeError, "%s() takes %zd arguments, and %zd were given", function,
                     wanted, given);
    }
    return given == wanted;
}

PyDoc_STRVAR(apply_mask_doc, "apply_mask($module, data, key, /)\n--\n\n"
                             "See wsgate.websocket.masking.");

static PyObject *
apply_mask(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Py_buffer data, key;
    PyObject *result = NULL;

    if (!has_arguments("apply_mask", count, 2)
        || PyObject_GetBuffer(arguments[0], &data, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    if (PyObject_GetBuffer(arguments[1], &key, PyBUF_SIMPLE) == 0) {
        if (key.len == KEY_SIZE) {
            result = masked(data.buf, data.len, key.buf);
        }
        else {
            PyErr_Format(PyExc_ValueError, "a masking key has 4 bytes, not %zd", key.len);
        }
        PyBuffer_Release(&key);
    }
    PyBuffer_Release(&data);
    return result;
}

PyDoc_STRVAR(unmask_doc, "unmask($module, data, start, end, /)\n--\n\n"
                         "See wsgate.websocket.masking.");

static PyObject *
unmask(PyObject *Py_UNUSED(module), PyObject *const *arguments, Py_ssize_t count)
{
    Py_buffer data;
    Py_ssize_t start, end;
    PyObject *result = NULL;

    if (!has_arguments("unmask", count, 3)) {
        return NULL;
    }
    start = PyLong_AsSsize_t(arguments[1]);
    if (start == -1 && PyErr_Occurred()) {
        return NULL;
    }
    end = PyLong_AsSsize_t(arguments[2]);
    if ((end == -1 && PyErr_Occurred())
        || PyObject_GetBuffer(arguments[0], &data, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    if (KEY_SIZE <= start && start <= end && end <= data.len) {
        const unsigned char *payload = (const unsigned char *)data.buf + start;

        result = masked(payload, end - start, payload - KEY_SIZE);
    }
    else {
        PyErr_Format(PyExc_ValueError, "no payload with a key before it from %zd to %zd in %zd bytes",
                     start, end, data.len);
    }
    PyBuffer_Release(&data);
    return result;
}

static PyMethodDef functions[] = {
    {"apply_mask", (PyCFunction)(void (*)(void))apply_mask, METH_FASTCALL, apply_mask_doc},
    {"unmask", (PyCFunction)(void (*)(void))unmask, METH_FASTCALL, unmask_doc},
    {NULL, NULL, 0, NULL},
};

static PyModuleDef_Slot slots[] = {{0, NULL}};

static struct PyModuleDef definition = {
    PyModuleDef_HEAD_INIT,
    .m_name = "_masking",
    .m_doc = "The functions of wsgate.websocket.masking, in C.",
    .m_methods = functions,
    .m_slots = slots,
};

PyMODINIT_FUNC
PyInit__masking(void)
{
    return PyModuleDef_Init(&definition);
}
