using System.Globalization;
using static TorchSharp.torch;

namespace MAFlow.Torch.Distributed;

/// <summary>The processes that mpirun, or srun, has started, by the system's MPI library: OpenMPI, MPICH, Intel MPI, Microsoft
/// MPI.</summary>
/// <remarks>
/// A process that ends with an unhandled exception, or with another exit code than 0, ends all of them; a checkpoint that was written
/// before stays good.
/// </remarks>
public sealed class MpiCollective : ICollective
{
    private const int MostAtOnce = 1 << 28;
    private static readonly Lazy<MpiCollective> _world = new(() => Begin(MpiLibrary.Names(Environment.GetEnvironmentVariable)));
    private readonly MpiLibrary _library;
    private readonly Lock _calls = new();

    private MpiCollective(MpiLibrary library)
    {
        _library = library;
        (Rank, Size) = (library.Rank, library.Size);
        RequireLaunch(Size, Environment.GetEnvironmentVariable);
    }

    /// <summary>All processes of this run; a program that was started without mpirun is alone.</summary>
    /// <remarks>The first use initialises MPI, and the end of the program finalises it.</remarks>
    /// <exception cref="DllNotFoundException">There is no MPI library; the message says what to install.</exception>
    /// <exception cref="InvalidOperationException">The library does not see the processes that the launcher started.</exception>
    public static MpiCollective World => _world.Value;

    /// <inheritdoc/>
    public int Rank { get; }

    /// <inheritdoc/>
    public int Size { get; }

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">The tensor is neither Float32 nor Float64.</exception>
    public void Sum(Tensor values)
    {
        ArgumentNullException.ThrowIfNull(values);
        if (values.dtype is not (ScalarType.Float32 or ScalarType.Float64))
        {
            throw new ArgumentException($"Expected Float32 or Float64 to sum over processes, got {values.dtype}.", nameof(values));
        }

        using var scope = NewDisposeScope();
        using var _ = no_grad();
        var isInPlace = values.device_type == TorchSharp.DeviceType.CPU && values.is_contiguous();
        var held = isInPlace ? values.detach() : values.detach().cpu().contiguous();
        var flat = held.view(-1);
        var isDouble = values.dtype == ScalarType.Float64;
        for (var start = 0L; start < flat.shape[0]; start += MostAtOnce)
        {
            var block = flat.narrow(0, start, Math.Min(MostAtOnce, flat.shape[0] - start));
            lock (_calls)
            {
                _library.Sum(block.bytes, (int)block.shape[0], isDouble);
            }
        }

        if (!isInPlace)
        {
            values.copy_(held);
        }
    }

    /// <inheritdoc/>
    public double Sum(double value)
    {
        var bytes = BitConverter.GetBytes(value);
        lock (_calls)
        {
            _library.Sum(bytes, 1, isDouble: true);
        }

        return BitConverter.ToDouble(bytes);
    }

    /// <inheritdoc/>
    public bool Any(bool value) => Sum(value ? 1 : 0) > 0;

    internal static MpiCollective Begin(IReadOnlyList<string> names)
    {
        var library = MpiLibrary.Load(names);
        library.Initialize();
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            // Who ends with an error ends all: MPI_Finalize would wait for the others, and they for this one.
            if (Environment.ExitCode != 0)
            {
                library.Abort(Environment.ExitCode);
            }

            library.Close();
        };
        return new(library);
    }

    /// <summary>Requires that the library and the launcher are of one kind: otherwise each process would take itself for process
    /// 0.</summary>
    internal static void RequireLaunch(int size, Func<string, string?> variable)
    {
        string[] names = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS"];
        foreach (var name in names)
        {
            if (size == 1 && int.TryParse(variable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var started) && started > 1)
            {
                throw new InvalidOperationException(
                    $"Expected {started} processes, as {name} says, but the MPI library sees only one. Start the program by the mpirun of "
                    + "the library that is loaded, or by 'srun --mpi=pmix' (srun --mpi=list shows what there is).");
            }
        }
    }
}
