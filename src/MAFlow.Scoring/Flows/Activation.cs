namespace MAFlow.Scoring.Flows;

/// <summary>The scalar function f of a ridge potential, described by s = f'.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal abstract class Activation<T>
    where T : unmanaged
{
    private static readonly Dictionary<string, Activation<T>> _byName = new() { ["softplus"] = new Softplus(), ["lncosh"] = new LogCosh() };

    /// <summary>Whether f is even, so that there is no bias.</summary>
    public abstract bool IsEven { get; }

    /// <summary>f'' as a polynomial in s.</summary>
    public abstract SecondDerivative Second { get; }

    /// <summary>Name of f' in ONNX.</summary>
    public abstract string OnnxOperator { get; }

    /// <summary>s = f'(y), squares += weight · s².</summary>
    public abstract void First(Kernels<T> kernels, ReadOnlySpan<T> y, Span<T> s, Span<T> squares, T weight);

    /// <exception cref="FormatException">No activation has that name.</exception>
    public static Activation<T> ByName(string name) => _byName.GetValueOrDefault(name)
        ?? throw new FormatException(
            $"Expected one of the activations {string.Join(", ", _byName.Keys)}, got '{Unknown.Excerpt(name)}'; the file is damaged.");

    /// <summary>f(y) = ln(1 + e^y), f'' = s(1 - s).</summary>
    private sealed class Softplus : Activation<T>
    {
        public override bool IsEven => false;

        public override SecondDerivative Second => new(0, 1, -1);

        public override string OnnxOperator => "Sigmoid";

        public override void First(Kernels<T> kernels, ReadOnlySpan<T> y, Span<T> s, Span<T> squares, T weight) =>
            kernels.Logistic(y, s, squares, weight);
    }

    /// <summary>f(y) = ln cosh y, f'' = 1 - s².</summary>
    private sealed class LogCosh : Activation<T>
    {
        public override bool IsEven => true;

        public override SecondDerivative Second => new(1, 0, -1);

        public override string OnnxOperator => "Tanh";

        public override void First(Kernels<T> kernels, ReadOnlySpan<T> y, Span<T> s, Span<T> squares, T weight) =>
            kernels.Tangent(y, s, squares, weight);
    }
}
