using System.Runtime.InteropServices;
using System.Text.Json;

namespace MAFlow.Torch.Serialization;

/// <summary>
/// One level of reading stored components: bounded in depth, with one kind of exception, and without leftovers when it fails.
/// </summary>
internal static class Reading
{
    private const int MaxDepth = 16;

    // Reading is synchronous: components inside a component are read on the same thread.
    [ThreadStatic]
    private static List<IDisposable>? _unowned;

    [ThreadStatic]
    private static int _depth;

    /// <summary>Runs a reader. What it reads inside belongs to its result; where it fails, that is disposed.</summary>
    /// <param name="what">What is read, for messages.</param>
    /// <param name="read">The reader.</param>
    /// <exception cref="FormatException">The content does not fit together, or lies too deep.</exception>
    public static T Guard<T>(string what, Func<T> read)
    {
        if (_depth == MaxDepth)
        {
            throw new FormatException($"Expected components inside each other at most {MaxDepth} deep, got more; the file is damaged.");
        }

        var unowned = _unowned ??= [];
        var mark = unowned.Count;
        _depth++;
        try
        {
            var result = read();
            unowned.RemoveRange(mark, unowned.Count - mark);
            if (_depth > 1 && result is IDisposable owned)
            {
                unowned.Add(owned);
            }

            return result;
        }
        catch (Exception error)
        {
            for (var i = unowned.Count - 1; i >= mark; i--)
            {
                unowned[i].Dispose();
            }

            unowned.RemoveRange(mark, unowned.Count - mark);
            if (IsAboutContent(error))
            {
                throw new FormatException($"The stored {what} does not fit together: {error.Message}", error);
            }

            throw;
        }
        finally
        {
            _depth--;
        }
    }

    // ExternalException is what libtorch throws about shapes and types.
    private static bool IsAboutContent(Exception error) =>
        error is ArgumentException or InvalidOperationException or InvalidCastException or NullReferenceException
        or OverflowException or KeyNotFoundException or IndexOutOfRangeException or JsonException or ExternalException;
}
