import java.io.File;
import org.semanticweb.owlapi.apibinding.OWLManager;
import org.semanticweb.owlapi.formats.FunctionalSyntaxDocumentFormat;
import org.semanticweb.owlapi.formats.OWLXMLDocumentFormat;
import org.semanticweb.owlapi.formats.RDFXMLDocumentFormat;
import org.semanticweb.owlapi.model.IRI;
import org.semanticweb.owlapi.model.OWLDocumentFormat;
import org.semanticweb.owlapi.model.OWLOntology;

/** Reads an ontology as Protégé does and saves it in the syntax of each file named, by their endings. */
public class Resave {
  public static void main(String[] files) throws Exception {
    OWLOntology ontology = OWLManager.createOWLOntologyManager().loadOntologyFromOntologyDocument(new File(files[0]));
    for (int n = 1; n < files.length; n++) {
      OWLDocumentFormat format = new RDFXMLDocumentFormat();
      if (files[n].endsWith(".owx")) format = new OWLXMLDocumentFormat();
      if (files[n].endsWith(".ofn")) format = new FunctionalSyntaxDocumentFormat();
      ontology.getOWLOntologyManager().saveOntology(ontology, format, IRI.create(new File(files[n])));
    }
  }
}
