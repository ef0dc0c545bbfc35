using System.Runtime.InteropServices;
using System.Text;

namespace MAFlow.Torch.Distributed;

/// <summary>The functions of the system's MPI library, bound at run time.</summary>
/// <remarks>
/// Handles are as wide as a pointer, which serves both binary interfaces: in OpenMPI they are addresses of symbols, in MPICH, Intel MPI and
/// Microsoft MPI they are numbers, of which a callee reads the lower half.
/// </remarks>
internal sealed class MpiLibrary
{
    private const int Success = 0;
    private const int SerializedThreads = 2;
    private const int BindNowForAll = 0x102;
    private const int BindNowForAllOfApple = 0xA;
    private readonly Reduce _reduce;
    private readonly Ask _rank;
    private readonly Ask _size;
    private readonly Begin _begin;
    private readonly End _end;
    private readonly Abandon _abandon;
    private readonly nint _world;
    private readonly nint _single;
    private readonly nint _double;
    private readonly nint _sum;
    private readonly nint _inPlace;

    private MpiLibrary(nint library)
    {
        _begin = Bind<Begin>(library, "MPI_Init_thread");
        _rank = Bind<Ask>(library, "MPI_Comm_rank");
        _size = Bind<Ask>(library, "MPI_Comm_size");
        _reduce = Bind<Reduce>(library, "MPI_Allreduce");
        _end = Bind<End>(library, "MPI_Finalize");
        _abandon = Bind<Abandon>(library, "MPI_Abort");
        if (NativeLibrary.TryGetExport(library, "ompi_mpi_comm_world", out _world))
        {
            _single = NativeLibrary.GetExport(library, "ompi_mpi_float");
            _double = NativeLibrary.GetExport(library, "ompi_mpi_double");
            _sum = NativeLibrary.GetExport(library, "ompi_mpi_op_sum");
            _inPlace = 1;
        }
        else
        {
            (_world, _single, _double, _sum, _inPlace) = (0x44000000, 0x4c00040a, 0x4c00080b, 0x58000003, -1);
        }
    }

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Reduce(nint from, ref byte into, int count, nint type, nint operation, nint world);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Ask(nint world, out int answer);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Begin(nint count, nint arguments, int threads, out int provided);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int End();

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate int Abandon(nint world, int exitCode);

    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate nint Open(byte[] name, int flags);

    /// <summary>Number of this process.</summary>
    public int Rank => Answer(_rank, "MPI_Comm_rank");

    /// <summary>Number of processes.</summary>
    public int Size => Answer(_size, "MPI_Comm_size");

    /// <summary>Names of the library, most likely first: OpenMPI's, unless the launcher is one of MPICH's or Intel's.</summary>
    /// <param name="variable">A variable of the environment; launchers of MPICH and Intel MPI set PMI_SIZE.</param>
    public static IReadOnlyList<string> Names(Func<string, string?> variable)
    {
        if (OperatingSystem.IsWindows())
        {
            return ["msmpi.dll", "impi.dll"];
        }

        string[] names = OperatingSystem.IsMacOS()
            ? ["libmpi.40.dylib", "libmpi.12.dylib", "libmpi.dylib"]
            : ["libmpi.so.40", "libmpi.so.12", "libmpich.so.12", "libmpi.so"];
        return variable("PMI_SIZE") is null || variable("OMPI_COMM_WORLD_SIZE") is not null ? names : [.. names[1..], names[0]];
    }

    /// <summary>Loads the first library that there is.</summary>
    /// <param name="names">Names to try.</param>
    /// <exception cref="DllNotFoundException">There is none; the message says what to install.</exception>
    public static MpiLibrary Load(IReadOnlyList<string> names)
    {
        var library = names.Select(OpenForAll).FirstOrDefault(found => found != 0);
        return library != 0
            ? new(library)
            : throw new DllNotFoundException(
                $"Expected an MPI library ({string.Join(", ", names)}), found none. Install one: 'apt-get install openmpi-bin' on "
                + "Debian and Ubuntu, 'dnf install openmpi' on Fedora and its like, 'brew install open-mpi' on macOS, Microsoft MPI on "
                + "Windows; on a cluster load its module. If it lies in an unusual place, add that to LD_LIBRARY_PATH. "
                + "Leave Collective at its default to train in one process.");
    }

    /// <summary>MPI_Init: calls may come from any thread, one at a time.</summary>
    public void Initialize() => Require(_begin(0, 0, SerializedThreads, out _), "MPI_Init_thread");

    public void Sum(Span<byte> values, int count, bool isDouble) => Require(
        _reduce(_inPlace, ref MemoryMarshal.GetReference(values), count, isDouble ? _double : _single, _sum, _world), "MPI_Allreduce");

    public void Close() => _end();

    public void Abort(int exitCode) => _abandon(_world, exitCode);

    private static T Bind<T>(nint library, string name)
        where T : Delegate => Marshal.GetDelegateForFunctionPointer<T>(NativeLibrary.GetExport(library, name));

    /// <summary>OpenMPI's parts look for its symbols among those of the whole process, which NativeLibrary.Load keeps to itself.</summary>
    private static nint OpenForAll(string name)
    {
        if (OperatingSystem.IsWindows())
        {
            return NativeLibrary.TryLoad(name, out var found) ? found : 0;
        }

        var open = Bind<Open>(NativeLibrary.GetMainProgramHandle(), "dlopen");
        return open(Encoding.UTF8.GetBytes(name + '\0'), OperatingSystem.IsMacOS() ? BindNowForAllOfApple : BindNowForAll);
    }

    private static void Require(int code, string function)
    {
        if (code != Success)
        {
            throw new InvalidOperationException($"Expected {function} to succeed, got error {code} of the MPI library.");
        }
    }

    private int Answer(Ask ask, string function)
    {
        Require(ask(_world, out var answer), function);
        return answer;
    }
}
