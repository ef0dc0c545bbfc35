using static TorchSharp.torch;

namespace MAFlow.Examples;

/// <summary>The processes of a run: those that mpirun started, or this one alone.</summary>
/// <remarks>
/// All do the same work. Process 0 talks and writes; the others are silent and write into a folder of their own, which is removed.
/// </remarks>
public sealed class Processes : IDisposable
{
    private readonly DirectoryInfo? _scratch;

    private Processes(ICollective collective)
    {
        Collective = collective;
        if (!IsFirst)
        {
            Console.SetOut(TextWriter.Null);
            _scratch = Directory.CreateTempSubdirectory("maflow-");
        }
    }

    /// <summary>This process alone.</summary>
    public static Processes Alone { get; } = new(Solo.Instance);

    /// <summary>How trainers add up over them.</summary>
    public ICollective Collective { get; }

    /// <summary>Whether this process talks and writes.</summary>
    public bool IsFirst => Collective.Rank == 0;

    /// <summary>Those that mpirun started.</summary>
    /// <exception cref="InvalidOperationException">There is no MPI here, or another one than the launcher's.</exception>
    public static Processes OfMpi()
    {
        try
        {
            return new(MpiCollective.World);
        }
        catch (DllNotFoundException error)
        {
            throw new InvalidOperationException($"Expected an MPI library for --mpi, found none. {error.Message}", error);
        }
    }

    /// <summary>Where this process writes.</summary>
    /// <param name="output">Where process 0 writes.</param>
    public DirectoryInfo Folder(DirectoryInfo output) => _scratch ?? output;

    /// <summary>Gives a file of process 0 to the others, or removes theirs where it has none.</summary>
    /// <param name="path">Its path on this process.</param>
    public void Share(string path)
    {
        if (Collective.Size == 1)
        {
            return;
        }

        using var scope = NewDisposeScope();
        var contents = IsFirst && File.Exists(path) ? File.ReadAllBytes(path) : [];
        var length = (long)Collective.Sum(contents.Length);
        // A byte is a whole number, which a sum with zeros leaves as it is.
        var numbers = zeros(length);
        if (IsFirst)
        {
            numbers.copy_(tensor(contents));
        }

        Collective.Sum(numbers);
        if (!IsFirst)
        {
            File.Delete(path);
            if (length > 0)
            {
                File.WriteAllBytes(path, numbers.to(uint8).data<byte>().ToArray());
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _scratch?.Delete(recursive: true);
}
