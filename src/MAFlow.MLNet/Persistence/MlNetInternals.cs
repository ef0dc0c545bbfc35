using System.Runtime.CompilerServices;
using MAFlow.Scoring.Onnx;
using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.Model.OnnxConverter;
using Microsoft.ML.Runtime;

[assembly: IgnoresAccessChecksTo("Microsoft.ML.Core")]
[assembly: IgnoresAccessChecksTo("Microsoft.ML.Data")]
[assembly: LoadableClass(
    typeof(MAFlow.MLNet.MongeAmpereFlowTransformer), typeof(MAFlow.MLNet.Persistence.FlowModelFile), null, typeof(SignatureLoadModel),
    "Monge-Ampère flow", MAFlow.MLNet.Persistence.FlowModelFile.LoaderSignature)]
[assembly: LoadableClass(
    typeof(MAFlow.MLNet.MongeAmpereFlowRegressionTransformer), typeof(MAFlow.MLNet.Persistence.RegressionModelFile), null,
    typeof(SignatureLoadModel), "Monge-Ampère flow regression", MAFlow.MLNet.Persistence.RegressionModelFile.LoaderSignature)]

namespace MAFlow.MLNet.Persistence
{
    /// <summary>The members of ML.NET that are internal to it and that a component nevertheless needs. They are used in this file
    /// and in MlNetModelFiles.cs only.</summary>
    /// <remarks>build/LiftVisibility.targets lists them for the compiler; a test that loads a model in a second process guards
    /// them.</remarks>
    internal static class MlNetInternals
    {
        public static IHostEnvironment GetEnvironment(TransformsCatalog catalog) => CatalogUtils.GetEnvironment(catalog);

        public static IHostEnvironment GetEnvironment(TrainCatalogBase.CatalogInstantiatorBase catalog) =>
            CatalogUtils.GetEnvironment(catalog);

        /// <summary>Where to compute: what the options say, else what the MLContext says, else the CPU.</summary>
        public static TorchSharp.torch.Device Device(IHostEnvironment environment, int? gpuDeviceId = null, bool? fallbackToCpu = null)
        {
            var context = environment as IHostEnvironmentInternal;
            return TorchRuntime.EnsureLoaded(gpuDeviceId ?? context?.GpuDeviceId, fallbackToCpu ?? context?.FallbackToCpu ?? false);
        }

        /// <summary>Whether the MLContext asks for a GPU.</summary>
        public static bool WantsGpu(IHostEnvironment environment) => environment is IHostEnvironmentInternal { GpuDeviceId: not null };

        public static bool IsCanceled(IHostEnvironment environment) => (environment as ICancelable)?.IsCanceled ?? false;

        /// <exception cref="OperationCanceledException">The user cancelled what the MLContext is doing, or by a token of their
        /// own.</exception>
        public static void CheckAlive(IHostEnvironment environment, CancellationToken cancellationToken = default)
        {
            cancellationToken.ThrowIfCancellationRequested();
            if (IsCanceled(environment))
            {
                throw new OperationCanceledException("Operation was canceled.");
            }
        }

        public static SchemaShape.Column ShapeColumn(string name, DataViewType type, SchemaShape? annotations)
        {
            SchemaShape.GetColumnTypeShape(type, out var kind, out var itemType, out var isKey);
            return new SchemaShape.Column(name, kind, itemType, isKey, annotations);
        }

        public static SchemaShape Shape(DataViewSchema schema) => SchemaShape.Create(schema);

        /// <summary>The type as ML.NET's own messages write it, for example VarVector&lt;Single&gt;.</summary>
        public static string TypeText(SchemaShape.Column column) => column.GetTypeString();
    }

    /// <summary>A view made from another one, linked to it as ML.NET's converter to ONNX expects: it follows the links to the
    /// data.</summary>
    /// <remarks>The converter takes a view without such a link for the data itself, and its columns for inputs of the model: it would write
    /// a model that hands scores through.</remarks>
    internal abstract class LinkedView(IDataView source) : ITransformCanSaveOnnx
    {
        IDataView IDataTransform.Source => Source;

        protected IDataView Source { get; } = source;

        public abstract DataViewSchema Schema { get; }

        public abstract bool CanShuffle { get; }

        public abstract long? GetRowCount();

        public abstract DataViewRowCursor GetRowCursor(IEnumerable<DataViewSchema.Column> columnsNeeded, Random? rand = null);

        public abstract DataViewRowCursor[] GetRowCursorSet(IEnumerable<DataViewSchema.Column> columnsNeeded, int n, Random? rand = null);

        void ICanSaveModel.Save(ModelSaveContext ctx) =>
            throw new NotSupportedException("A view cannot be saved. Save the transformer that made it, with mlContext.Model.Save.");

        // A view that says no is only remarked on, and its columns become inputs; one that throws ends the export.
        bool ICanSaveOnnx.CanSaveOnnx(OnnxContext ctx) => true;

        void ISaveAsOnnx.SaveAsOnnx(OnnxContext ctx)
        {
            ctx.CheckOpSetVersion(ConvertedGraph.Version, "MongeAmpereFlow");
            SaveAsOnnx(new ConvertedGraph(ctx));
        }

        /// <summary>Writes the columns of the view into a model.</summary>
        /// <exception cref="NotSupportedException">ONNX has no such columns.</exception>
        protected abstract void SaveAsOnnx(ConvertedGraph graph);
    }

    /// <summary>The model that ML.NET's converter is writing.</summary>
    internal sealed class ConvertedGraph(OnnxContext context) : OnnxGraph
    {
        public const int Version = CommonOpset;

        public override int Opset => Version;

        /// <summary>What a column has become.</summary>
        public OnnxValue Column(string name) => new(this, context.GetVariableName(name), OnnxType.Single);

        /// <summary>Makes a column.</summary>
        public void Add(string name, DataViewType type, OnnxValue value) =>
            context.CreateNode("Identity", value.Name, context.AddIntermediateVariable(type, name), context.GetNodeName("Identity"), "");

        protected override string[] AddNode(
            string operation, int outputs, string[] inputs, (string Name, object Value)[] attributes)
        {
            string[] names = [.. Enumerable.Range(0, outputs)
                .Select(_ => context.AddIntermediateVariable(null, "MAFlow" + operation, true))];
            var node = context.CreateNode(operation, inputs, names, context.GetNodeName("MAFlow" + operation), "");
            foreach (var (name, value) in attributes)
            {
                switch (value)
                {
                    case long number:
                        node.AddAttribute(name, number);
                        break;
                    case long[] numbers:
                        node.AddAttribute(name, numbers);
                        break;
                    default:
                        node.AddAttribute(name, (string)value);
                        break;
                }
            }

            return names;
        }

        protected override string AddConstant<T>(T[] values, long[] shape) => values switch
        {
            float[] numbers when shape.Length == 0 => context.AddInitializer(numbers[0], "MAFlow"),
            float[] numbers => context.AddInitializer(numbers, shape, "MAFlow"),
            double[] numbers when shape.Length == 0 => context.AddInitializer(numbers[0], "MAFlow"),
            double[] numbers => context.AddInitializer(numbers, shape, "MAFlow"),
            long[] numbers when shape.Length == 0 => context.AddInitializer(numbers[0], "MAFlow"),
            long[] numbers => context.AddInitializer(numbers, shape, "MAFlow"),
            _ => throw new NotSupportedException($"ML.NET's converter has no constants of {typeof(T).Name}."),
        };
    }
}

namespace System.Runtime.CompilerServices
{
    /// <summary>Known to the runtime by name: this assembly may use the internals of the named one.</summary>
    [AttributeUsage(AttributeTargets.Assembly, AllowMultiple = true)]
    internal sealed class IgnoresAccessChecksToAttribute(string assemblyName) : Attribute
    {
        public string AssemblyName { get; } = assemblyName;
    }
}
