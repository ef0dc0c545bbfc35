using System.Numerics;

namespace MAFlow.Scoring.Flows;

/// <summary>φ(x) = Σⱼ aⱼ f(wⱼ·x + bⱼ), as the matrices of its solve in hidden units y = xWᵀ + b: dy/dt = f'(y) C with
/// C = diag(a) W Wᵀ.</summary>
/// <typeparam name="T">Float32 or float64.</typeparam>
internal sealed class RidgePotential<T> : Potential<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double[] _weight;
    private readonly double[] _amplitude;
    private readonly double[] _gram;
    private readonly Lazy<Reverse> _reverse;

    /// <param name="weight">W, [h, N].</param>
    /// <param name="bias">b, [h].</param>
    /// <param name="amplitude">a, [h].</param>
    /// <param name="activation">f.</param>
    /// <param name="kernels">Loops of the product W Wᵀ.</param>
    /// <param name="context">g(c); null where there is no context.</param>
    public RidgePotential(
        StoredTensor weight, double[]? bias, double[] amplitude, Activation<T> activation, Kernels<double> kernels,
        ContextBias<T>? context = null)
    {
        Context = context;
        (Width, Dimension) = (checked((int)weight.Shape[0]), checked((int)weight.Shape[1]));
        (_weight, _amplitude, Activation) = (weight.Values, amplitude, activation);
        Padded = Panels<T>.Padded(Width);
        Observe = new(Dimension, Width, (k, j) => Number(Weight(j, k)));
        Emit = new(Width, Dimension, (j, k) => Number(_amplitude[j] * Weight(j, k)));
        // h² products against 2hN.
        _gram = (long)Width * Padded <= ((long)Width * Emit.Columns) + ((long)Dimension * Padded) ? Gram(kernels) : [];
        Couple = _gram.Length > 0 ? new(Width, Width, (j, k) => Number(_amplitude[j] * GramAt(j, k))) : null;
        var norm = Enumerable.Range(0, Width).Select(j => Enumerable.Range(0, Dimension).Sum(k => Weight(j, k) * Weight(j, k)));
        Laplacian = [.. norm.Select((square, j) => square * _amplitude[j])];
        Bias = Row(j => bias?[j] ?? 0);
        _reverse = new(() => new(this));
    }

    /// <summary>Number of hidden units h.</summary>
    public int Width { get; }

    /// <summary>h rounded up to whole panels.</summary>
    public int Padded { get; }

    public override int Dimension { get; }

    /// <summary>f.</summary>
    public Activation<T> Activation { get; }

    /// <summary>b.</summary>
    public AlignedNumbers<T> Bias { get; }

    /// <summary>g(c), which is added to b; null where there is no context.</summary>
    public ContextBias<T>? Context { get; }

    /// <inheritdoc/>
    public override int ContextDimension => Context?.Dimension ?? 0;

    /// <summary>Wᵀ [N, h]: from points to hidden units.</summary>
    public Panels<T> Observe { get; }

    /// <summary>diag(a) W [h, N]: from s to velocities.</summary>
    public Panels<T> Emit { get; }

    /// <summary>C [h, h]; null where its two factors need fewer operations.</summary>
    public Panels<T>? Couple { get; }

    /// <summary>aⱼ|wⱼ|² [h]: what the integrals of f'' count in ∫∇²φ dt.</summary>
    public double[] Laplacian { get; }

    /// <summary>What a reverse pass needs, made when the first gradient is asked for.</summary>
    public Reverse ForReverse => _reverse.Value;

    public override RidgePotential<T> At(double time) => this;

    private double Weight(int unit, int coordinate) => _weight[(unit * Dimension) + coordinate];

    private double GramAt(int j, int k) => _gram[(j * Panels<double>.Padded(Width)) + k];

    private double[] Gram(Kernels<double> kernels)
    {
        var right = new Panels<double>(Dimension, Width, _weight, areTransposed: true);
        var result = new double[checked(Width * right.Columns)];
        kernels.Multiply(_weight, Dimension, Width, right, new double[right.Columns], 0, 1, result);
        return result;
    }

    private AlignedNumbers<T> Row(Func<int, double> value)
    {
        var row = new AlignedNumbers<T>(Padded);
        for (var j = 0; j < Width; j++)
        {
            row.Span[j] = Number(value(j));
        }

        return row;
    }

    private static T Number(double value) => T.CreateTruncating(value);

    /// <summary>The same matrices for gradients, which go the other way.</summary>
    internal sealed class Reverse(RidgePotential<T> potential)
    {
        /// <summary>W [h, N].</summary>
        public Panels<T> Observe { get; } =
            new(potential.Width, potential.Dimension, (j, k) => Number(potential.Weight(j, k)));

        /// <summary>(diag(a) W)ᵀ [N, h].</summary>
        public Panels<T> Emit { get; } =
            new(potential.Dimension, potential.Width, (k, j) => Number(potential._amplitude[j] * potential.Weight(j, k)));

        /// <summary>Cᵀ [h, h]; null where there is no C.</summary>
        public Panels<T>? Couple { get; } = potential.Couple is null
            ? null
            : new(potential.Width, potential.Width, (k, j) => Number(potential._amplitude[j] * potential.GramAt(j, k)));

        /// <summary>∂/∂S of ∫∇²φ dt [h].</summary>
        public AlignedNumbers<T> Direct { get; } =
            potential.Row(j => potential.Activation.Second.Linear * potential.Laplacian[j]);

        /// <summary>Its slope in s [h].</summary>
        public AlignedNumbers<T> Slope { get; } =
            potential.Row(j => 2 * potential.Activation.Second.Quadratic * potential.Laplacian[j]);
    }
}
