/* Masking of payloads (RFC 6455 section 5.3), eight bytes at a time: the twin in C of masking.py. */

#define PY_SSIZE_T_CLEAN
#include <Python.h>
#include <stdint.h>
#include <string.h>

enum { KEY_SIZE = 4, SLICE = 4096 };

static const uint64_t NOT_ASCII = 0x8080808080808080;

/* Give all bits that are set in any of the bytes written.
 *
 * memcpy() is a plain load or store at any alignment, and lets the compiler use vectors. */
static uint64_t
mask(unsigned char *restrict out, const unsigned char *restrict data, Py_ssize_t size,
     const unsigned char *restrict key)
{
    unsigned char twice[2 * KEY_SIZE];
    uint64_t stream, word, seen = 0;
    Py_ssize_t i = 0;

    memcpy(twice, key, KEY_SIZE);
    memcpy(twice + KEY_SIZE, key, KEY_SIZE);
    memcpy(&stream, twice, sizeof stream);
    for (; size - i >= (Py_ssize_t)sizeof word; i += (Py_ssize_t)sizeof word) {
        memcpy(&word, data + i, sizeof word);
        word ^= stream;
        seen |= word;
        memcpy(out + i, &word, sizeof word);
    }
    for (; i < size; i++) {
        out[i] = data[i] ^ key[i % KEY_SIZE];
        seen |= out[i];
    }
    return seen;
}

/* What makes an object of `size` bytes of data and a key. */
typedef PyObject *(*maker)(const unsigned char *data, Py_ssize_t size, const unsigned char *key);

static PyObject *
masked(const unsigned char *data, Py_ssize_t size, const unsigned char *key)
{
    PyObject *result = PyBytes_FromStringAndSize(NULL, size);

    if (result != NULL) {
        mask((unsigned char *)PyBytes_AS_STRING(result), data, size, key);
    }
    return result;
}

/* A str, or the same bytes as `masked` where not all are ASCII. */
static PyObject *
masked_text(const unsigned char *data, Py_ssize_t size, const unsigned char *key)
{
    PyObject *result = PyUnicode_New(size, 127);
    unsigned char *out;
    Py_ssize_t i, part;

    if (result == NULL) {
        return NULL;
    }
    out = (unsigned char *)PyUnicode_DATA(result);
    for (i = 0; i < size; i += part) {
        part = size - i < SLICE ? size - i : SLICE;
        if (mask(out + i, data + i, part, key) & NOT_ASCII) {
            Py_DECREF(result);
            return masked(data, size, key);
        }
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

static PyObject *
with_key(const char *function, maker make, PyObject *const *arguments, Py_ssize_t count)
{
    Py_buffer data, key;
    PyObject *result = NULL;

    if (!has_arguments(function, count, 2)
        || PyObject_GetBuffer(arguments[0], &data, PyBUF_SIMPLE) < 0) {
        return NULL;
    }
    if (PyObject_GetBuffer(arguments[1], &key, PyBUF_SIMPLE) == 0) {
        if (key.len == KEY_SIZE) {
            result = make(data.buf, data.len, key.buf);
        }
        else {
            PyErr_Format(PyExc_ValueError, "a masking key has 4 bytes, not %zd", key.len);
        }
        PyBuffer_Release(&key);
    }
    PyBuffer_Release(&data);
    return result;
}

static PyObject *
behind_key(const char *function, maker make, PyObject *const *arguments, Py_ssize_t count)
{
    Py_buffer data;
    Py_ssize_t start, end;
    PyObject *result = NULL;

    if (!has_arguments(function, count, 3)) {
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

        result = make(payload, end - start, payload - KEY_SIZE);
    }
    else {
        PyErr_Format(PyExc_ValueError, "no payload with a key before it from %zd to %zd in %zd bytes",
                     start, end, data.len);
    }
    PyBuffer_Release(&data);
    return result;
}

#define FUNCTION(name, how, make)                                                               \
    static PyObject *name(PyObject *Py_UNUSED(module), PyObject *const *arguments,              \
                          Py_ssize_t count)                                                     \
    {                                                                                           \
        return how(#name, make, arguments, count);                                              \
    }
#define METHOD(name, parameters)                                                                \
    {#name, (PyCFunction)(void (*)(void))name, METH_FASTCALL,                                   \
     #name "($module, " parameters ", /)\n--\n\nSee wsgate.websocket.masking."}

FUNCTION(apply_mask, with_key, masked)
FUNCTION(apply_mask_text, with_key, masked_text)
FUNCTION(unmask, behind_key, masked)
FUNCTION(unmask_text, behind_key, masked_text)

static PyMethodDef functions[] = {
    METHOD(apply_mask, "data, key"),
    METHOD(apply_mask_text, "data, key"),
    METHOD(unmask, "data, start, end"),
    METHOD(unmask_text, "data, start, end"),
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
