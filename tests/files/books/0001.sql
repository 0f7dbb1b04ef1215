PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO alembic_version VALUES('0001');
CREATE TABLE batch (
	batch VARCHAR(32) NOT NULL, 
	file TEXT NOT NULL, 
	uploaded_by TEXT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	uploaded_at VARCHAR(32) NOT NULL, 
	invoices INTEGER NOT NULL, 
	left_out INTEGER NOT NULL, 
	problems BLOB NOT NULL, 
	PRIMARY KEY (batch)
);
INSERT INTO batch VALUES('2026-11-27-1','a.csv','anna','4ce17dd9c3c4bab65c67061ad4e46344bd71183e0731ed9e9b0ae9b8d9d85755','2026-11-27T15:39:49Z',4,0,X'789c8b8e0500011500b9');
CREATE TABLE invoice (
	id INTEGER NOT NULL, 
	batch VARCHAR(32) NOT NULL, 
	position INTEGER NOT NULL, 
	status VARCHAR(16) NOT NULL, 
	approval VARCHAR(16) NOT NULL, 
	released_at VARCHAR(32), 
	approved_at VARCHAR(32), 
	final_at VARCHAR(32), 
	approved_by TEXT, 
	approval_reason TEXT, 
	final_by TEXT, 
	number VARCHAR(64), 
	period VARCHAR(7), 
	counter BIGINT, 
	line_count INTEGER NOT NULL, 
	seal VARCHAR(64) NOT NULL, 
	invoice_ref TEXT NOT NULL, 
	customer TEXT NOT NULL, 
	series TEXT NOT NULL, 
	currency TEXT NOT NULL, 
	content_hash TEXT NOT NULL, 
	billing_entity TEXT, 
	locale TEXT, 
	date_rule TEXT, 
	payment_terms TEXT, 
	po_number TEXT, 
	buyer_reference TEXT, 
	note TEXT, 
	footnote TEXT, 
	tax_rounding TEXT, 
	tax_currency TEXT, 
	exchange_base TEXT, 
	exchange_source TEXT, 
	wording TEXT, 
	custom TEXT, 
	sheet TEXT, 
	planned_date VARCHAR(10) NOT NULL, 
	invoice_date VARCHAR(10), 
	due_date VARCHAR(10), 
	delivery_date VARCHAR(10), 
	period_start VARCHAR(10), 
	period_end VARCHAR(10), 
	exchange_date VARCHAR(10), 
	rate_from VARCHAR(10), 
	rate_to VARCHAR(10), 
	on_hold BOOLEAN NOT NULL, 
	due_is_explicit BOOLEAN, 
	prices_include_tax BOOLEAN, 
	digits INTEGER NOT NULL, 
	tax_currency_digits INTEGER, 
	"row" INTEGER, 
	net_total BIGINT NOT NULL, 
	tax_total BIGINT NOT NULL, 
	gross_total BIGINT NOT NULL, 
	tax_currency_total BIGINT, 
	exchange_rate VARCHAR(32), 
	seller_name TEXT, 
	seller_address_line_1 TEXT, 
	seller_address_line_2 TEXT, 
	seller_postcode TEXT, 
	seller_city TEXT, 
	seller_region TEXT, 
	seller_country TEXT, 
	seller_vat_id TEXT, 
	seller_tax_registration TEXT, 
	seller_iban TEXT, 
	seller_bic TEXT, 
	buyer_name TEXT, 
	buyer_address_line_1 TEXT, 
	buyer_address_line_2 TEXT, 
	buyer_postcode TEXT, 
	buyer_city TEXT, 
	buyer_region TEXT, 
	buyer_country TEXT, 
	buyer_vat_id TEXT, 
	buyer_type TEXT, 
	buyer_email TEXT, 
	PRIMARY KEY (id), 
	CONSTRAINT invoice_status CHECK (status IN ('DRAFT', 'OPEN', 'FINAL', 'ARCHIVED')), 
	CONSTRAINT invoice_numbered_when_final CHECK ((status = 'FINAL') = (number IS NOT NULL)), 
	CONSTRAINT invoice_approval CHECK (approval IN ('PENDING_REVIEW', 'APPROVED', 'DECLINED')), 
	CONSTRAINT invoice_complete_when_final CHECK (status <> 'FINAL' OR (period IS NOT NULL AND counter IS NOT NULL AND invoice_date IS NOT NULL AND due_date IS NOT NULL AND final_at IS NOT NULL AND final_by IS NOT NULL AND NOT on_hold)), 
	FOREIGN KEY(batch) REFERENCES batch (batch)
);
INSERT INTO invoice VALUES(1,'2026-11-27-1',1,'FINAL','APPROVED',NULL,'2026-11-27T15:39:57Z','2026-11-27T15:40:00Z','ben',NULL,'ben','INV-2026-000001','2026',1,2,'994b4ebc37afd3701d0d34cb5a19df413761b38f507bc423bd9f9db266feeb1d','A-1','C-1001','invoices','EUR','7b13c2eab24a962398f562d5306a1b0814c3cb16898f79c6fd1721a0c8fd22b5','NL01','nl_NL','explicit','30 days',NULL,NULL,NULL,NULL,'per_group',NULL,NULL,NULL,NULL,'{"Cost centre": "4410"}','a','2026-11-03','2026-11-03','2026-12-03',NULL,NULL,NULL,NULL,'2012-10-01',NULL,0,0,0,2,NULL,2,96150,20192,116342,NULL,NULL,'Brightwater Training B.V.','Keizersgracht 100','2nd floor','1015 AA','Amsterdam',NULL,'NL','NL123456782B90','KvK 12345678','NL91ABNA0417164300','ABNANL2A','Van den Berg Techniek B.V.','Oudegracht 14',NULL,'3511 AP','Utrecht',NULL,'NL','NL864120011B01','ORGANIZATION','invoices@van.example');
INSERT INTO invoice VALUES(2,'2026-11-27-1',2,'FINAL','APPROVED',NULL,'2026-11-27T15:39:57Z','2026-11-27T15:40:00Z','ben',NULL,'ben','INV-2026-000002','2026',2,1,'1ad3c49e7be76dccecbc91a5c6e9ac1e2fa56bebc778f6541a851f6047cf347c','A-2','C-1001','invoices','EUR','3f41b47bc387cb8fdd4eabbc6b1646cbcde8e04a55355794dea27f35ca31a033','NL01','nl_NL','explicit','30 days',NULL,NULL,NULL,NULL,'per_group',NULL,NULL,NULL,NULL,'{"Cost centre": "4410"}','a','2026-11-04','2026-11-04','2026-12-04',NULL,NULL,NULL,NULL,'2012-10-01',NULL,0,0,0,2,NULL,4,45000,9450,54450,NULL,NULL,'Brightwater Training B.V.','Keizersgracht 100','2nd floor','1015 AA','Amsterdam',NULL,'NL','NL123456782B90','KvK 12345678','NL91ABNA0417164300','ABNANL2A','Van den Berg Techniek B.V.','Oudegracht 14',NULL,'3511 AP','Utrecht',NULL,'NL','NL864120011B01','ORGANIZATION','invoices@van.example');
INSERT INTO invoice VALUES(3,'2026-11-27-1',3,'FINAL','APPROVED',NULL,'2026-11-27T15:39:57Z','2026-11-27T15:40:00Z','ben',NULL,'ben','INV-2026-000003','2026',3,1,'1a51309eb411876a6c955f650344464275d45157a8ccd48e3e1a5d3e1b1dbed2','A-3','C-1001','invoices','EUR','63ebeffb47c07dcf5e0cfa46ee9fe046860ee155dd6e47a2c967748ad0be4152','NL01','nl_NL','explicit','30 days',NULL,NULL,NULL,NULL,'per_group',NULL,NULL,NULL,NULL,'{"Cost centre": "4410"}','a','2026-11-05','2026-11-05','2026-12-05',NULL,NULL,NULL,NULL,'2012-10-01',NULL,0,0,0,2,NULL,5,99,21,120,NULL,NULL,'Brightwater Training B.V.','Keizersgracht 100','2nd floor','1015 AA','Amsterdam',NULL,'NL','NL123456782B90','KvK 12345678','NL91ABNA0417164300','ABNANL2A','Van den Berg Techniek B.V.','Oudegracht 14',NULL,'3511 AP','Utrecht',NULL,'NL','NL864120011B01','ORGANIZATION','invoices@van.example');
INSERT INTO invoice VALUES(4,'2026-11-27-1',4,'FINAL','APPROVED',NULL,'2026-11-27T15:39:57Z','2026-11-27T15:40:00Z','ben',NULL,'ben','INV-2026-000004','2026',4,1,'7ade6bfe019c999219842e45e112aafee40b73f8583a7d9e9b3598a8768c2461','A-4','C-1001','invoices','EUR','57e8e45594c0d67973b209e04812204f2a8d5fd53d1d5bb051ccbbb982586ba6','NL01','nl_NL','explicit','30 days',NULL,NULL,NULL,NULL,'per_group',NULL,NULL,NULL,NULL,'{"Cost centre": "4410"}','a','2026-11-06','2026-11-06','2026-12-06',NULL,NULL,NULL,NULL,'2012-10-01',NULL,0,0,0,2,NULL,6,1000,210,1210,NULL,NULL,'Brightwater Training B.V.','Keizersgracht 100','2nd floor','1015 AA','Amsterdam',NULL,'NL','NL123456782B90','KvK 12345678','NL91ABNA0417164300','ABNANL2A','Van den Berg Techniek B.V.','Oudegracht 14',NULL,'3511 AP','Utrecht',NULL,'NL','NL864120011B01','ORGANIZATION','invoices@van.example');
CREATE TABLE line (
	invoice_id INTEGER NOT NULL, 
	line INTEGER NOT NULL, 
	product_item TEXT, 
	product TEXT, 
	line_name TEXT, 
	subline_name TEXT, 
	description TEXT, 
	type TEXT, 
	unit TEXT, 
	tax_code TEXT, 
	tax_category TEXT, 
	tax_rule TEXT, 
	tax_reason TEXT, 
	custom TEXT, 
	sheet TEXT, 
	quantity VARCHAR(32), 
	unit_price VARCHAR(32), 
	base_quantity VARCHAR(32), 
	period_start VARCHAR(10), 
	period_end VARCHAR(10), 
	tax_rate VARCHAR(16), 
	net BIGINT NOT NULL, 
	tax BIGINT NOT NULL, 
	gross BIGINT NOT NULL, 
	"row" INTEGER, 
	PRIMARY KEY (invoice_id, line), 
	FOREIGN KEY(invoice_id) REFERENCES invoice (id)
)
 WITHOUT ROWID

;
INSERT INTO line VALUES(1,1,NULL,NULL,'Workshop',NULL,NULL,'charge',NULL,'NL21','S','entity_default','Brightwater Training B.V. charges tax code NL21 by default.','{}','a','2.00000000','450.00000000','1.00000000',NULL,NULL,'21.0000',90000,18900,108900,2);
INSERT INTO line VALUES(1,2,NULL,NULL,'Travel',NULL,NULL,'charge',NULL,'NL21','S','entity_default','Brightwater Training B.V. charges tax code NL21 by default.','{}','a','1.00000000','61.50000000','1.00000000',NULL,NULL,'21.0000',6150,1292,7442,3);
INSERT INTO line VALUES(2,1,NULL,NULL,'Workshop',NULL,NULL,'charge',NULL,'NL21','S','entity_default','Brightwater Training B.V. charges tax code NL21 by default.','{}','a','1.00000000','450.00000000','1.00000000',NULL,NULL,'21.0000',45000,9450,54450,4);
INSERT INTO line VALUES(3,1,NULL,NULL,'Ümläut "quoted", 10 €',NULL,NULL,'charge',NULL,'NL21','S','entity_default','Brightwater Training B.V. charges tax code NL21 by default.','{}','a','3.00000000','0.33000000','1.00000000',NULL,NULL,'21.0000',99,21,120,5);
INSERT INTO line VALUES(4,1,NULL,NULL,'Kept open',NULL,NULL,'charge',NULL,'NL21','S','entity_default','Brightwater Training B.V. charges tax code NL21 by default.','{}','a','1.00000000','10.00000000','1.00000000',NULL,NULL,'21.0000',1000,210,1210,6);
CREATE TABLE tax (
	invoice_id INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	tax_code TEXT, 
	name TEXT, 
	category TEXT, 
	exemption_code TEXT, 
	reason TEXT, 
	rate VARCHAR(16), 
	compound BOOLEAN, 
	taxable BIGINT NOT NULL, 
	tax BIGINT NOT NULL, 
	PRIMARY KEY (invoice_id, position), 
	FOREIGN KEY(invoice_id) REFERENCES invoice (id)
)
 WITHOUT ROWID

;
INSERT INTO tax VALUES(1,1,'NL21','VAT 21 %','S',NULL,NULL,'21.0000',0,96150,20192);
INSERT INTO tax VALUES(2,1,'NL21','VAT 21 %','S',NULL,NULL,'21.0000',0,45000,9450);
INSERT INTO tax VALUES(3,1,'NL21','VAT 21 %','S',NULL,NULL,'21.0000',0,99,21);
INSERT INTO tax VALUES(4,1,'NL21','VAT 21 %','S',NULL,NULL,'21.0000',0,1000,210);
CREATE TABLE series (
	series VARCHAR(64) NOT NULL, 
	period VARCHAR(7) NOT NULL, 
	counter BIGINT NOT NULL, 
	last_date VARCHAR(10) NOT NULL, 
	PRIMARY KEY (series, period)
);
INSERT INTO series VALUES('invoices','2026',4,'2026-11-06');
CREATE TABLE entry (
	seq INTEGER NOT NULL, 
	at VARCHAR(32) NOT NULL, 
	user TEXT NOT NULL, 
	body TEXT NOT NULL, 
	action VARCHAR(16) NOT NULL, 
	batch VARCHAR(32), 
	invoice_id INTEGER, 
	invoice_ref TEXT, 
	number VARCHAR(64), 
	sha256 VARCHAR(64), 
	prev VARCHAR(64) NOT NULL, 
	hash VARCHAR(64) NOT NULL, 
	PRIMARY KEY (seq)
);
INSERT INTO entry VALUES(1,'2026-11-27T15:39:49Z','anna','{"file":"a.csv","invoices":4,"left_out":0}','upload','2026-11-27-1',NULL,NULL,NULL,'4ce17dd9c3c4bab65c67061ad4e46344bd71183e0731ed9e9b0ae9b8d9d85755','0000000000000000000000000000000000000000000000000000000000000000','3405150e58468d63a1dd8bbed80a7a3233118121c35fb1f1bb84fc0e37ca96a0');
INSERT INTO entry VALUES(2,'2026-11-27T15:39:49Z','anna','{"content_hash":"7b13c2eab24a962398f562d5306a1b0814c3cb16898f79c6fd1721a0c8fd22b5","gross_total":"1163.42 EUR","seal":"994b4ebc37afd3701d0d34cb5a19df413761b38f507bc423bd9f9db266feeb1d"}','draft','2026-11-27-1',1,'A-1',NULL,'4ce17dd9c3c4bab65c67061ad4e46344bd71183e0731ed9e9b0ae9b8d9d85755','3405150e58468d63a1dd8bbed80a7a3233118121c35fb1f1bb84fc0e37ca96a0','72921395fdc09ed031b266f460626c980955d1a73f9b87f43ecbda0235e7d1d4');
INSERT INTO entry VALUES(3,'2026-11-27T15:39:49Z','anna','{"content_hash":"3f41b47bc387cb8fdd4eabbc6b1646cbcde8e04a55355794dea27f35ca31a033","gross_total":"544.50 EUR","seal":"1ad3c49e7be76dccecbc91a5c6e9ac1e2fa56bebc778f6541a851f6047cf347c"}','draft','2026-11-27-1',2,'A-2',NULL,'4ce17dd9c3c4bab65c67061ad4e46344bd71183e0731ed9e9b0ae9b8d9d85755','72921395fdc09ed031b266f460626c980955d1a73f9b87f43ecbda0235e7d1d4','970f50e5389706208c05e33be80aa0f0451b03f593643ce63b72346cdea26470');
INSERT INTO entry VALUES(4,'2026-11-27T15:39:49Z','anna','{"content_hash":"63ebeffb47c07dcf5e0cfa46ee9fe046860ee155dd6e47a2c967748ad0be4152","gross_total":"1.20 EUR","seal":"1a51309eb411876a6c955f650344464275d45157a8ccd48e3e1a5d3e1b1dbed2"}','draft','2026-11-27-1',3,'A-3',NULL,'4ce17dd9c3c4bab65c67061ad4e46344bd71183e0731ed9e9b0ae9b8d9d85755','970f50e5389706208c05e33be80aa0f0451b03f593643ce63b72346cdea26470','576d7930fe6e108e36b38781721e69629e96b032d95fc3fa7aa190a2d3fd1107');
INSERT INTO entry VALUES(5,'2026-11-27T15:39:49Z','anna','{"content_hash":"57e8e45594c0d67973b209e04812204f2a8d5fd53d1d5bb051ccbbb982586ba6","gross_total":"12.10 EUR","seal":"7ade6bfe019c999219842e45e112aafee40b73f8583a7d9e9b3598a8768c2461"}','draft','2026-11-27-1',4,'A-4',NULL,'4ce17dd9c3c4bab65c67061ad4e46344bd71183e0731ed9e9b0ae9b8d9d85755','576d7930fe6e108e36b38781721e69629e96b032d95fc3fa7aa190a2d3fd1107','b667bcf003eedb5eb07abd5793069bf1931a5b6b23e4b950460cb0c66022e9bb');
INSERT INTO entry VALUES(6,'2026-11-27T15:39:57Z','ben','{"by_all":true,"content_hash":"7b13c2eab24a962398f562d5306a1b0814c3cb16898f79c6fd1721a0c8fd22b5"}','approve','2026-11-27-1',1,'A-1',NULL,NULL,'b667bcf003eedb5eb07abd5793069bf1931a5b6b23e4b950460cb0c66022e9bb','afc451050c3f2425afa6a3339cd9fb97d527497605dc485afd28fc36e442bc02');
INSERT INTO entry VALUES(7,'2026-11-27T15:39:57Z','ben','{"by_all":true,"content_hash":"3f41b47bc387cb8fdd4eabbc6b1646cbcde8e04a55355794dea27f35ca31a033"}','approve','2026-11-27-1',2,'A-2',NULL,NULL,'afc451050c3f2425afa6a3339cd9fb97d527497605dc485afd28fc36e442bc02','cdd3f30a205078dc480492ab31a713e224773129d8bc30d876b1cba228691666');
INSERT INTO entry VALUES(8,'2026-11-27T15:39:57Z','ben','{"by_all":true,"content_hash":"63ebeffb47c07dcf5e0cfa46ee9fe046860ee155dd6e47a2c967748ad0be4152"}','approve','2026-11-27-1',3,'A-3',NULL,NULL,'cdd3f30a205078dc480492ab31a713e224773129d8bc30d876b1cba228691666','593f14f14f25719fc94dcbecebca007eebe2e250b08bb2c519c4f56ce7fe1600');
INSERT INTO entry VALUES(9,'2026-11-27T15:39:57Z','ben','{"by_all":true,"content_hash":"57e8e45594c0d67973b209e04812204f2a8d5fd53d1d5bb051ccbbb982586ba6"}','approve','2026-11-27-1',4,'A-4',NULL,NULL,'593f14f14f25719fc94dcbecebca007eebe2e250b08bb2c519c4f56ce7fe1600','1227bd5a338400610aa726a11c9b433ce9b75684d7269182795fb29df228100b');
INSERT INTO entry VALUES(10,'2026-11-27T15:40:00Z','ben','{"after":null,"approval":"APPROVED","approved_by":"ben","chronology":"refuse","content_hash":"7b13c2eab24a962398f562d5306a1b0814c3cb16898f79c6fd1721a0c8fd22b5","counter":1,"currency":"EUR","due_date":"2026-12-03","everything":false,"first":1,"gross_total":"1163.42","invoice_date":"2026-11-03","net_total":"961.50","period":"2026","seal":"994b4ebc37afd3701d0d34cb5a19df413761b38f507bc423bd9f9db266feeb1d","series":"invoices","step":1,"tax_total":"201.92"}','finalize','2026-11-27-1',1,'A-1','INV-2026-000001','4ce17dd9c3c4bab65c67061ad4e46344bd71183e0731ed9e9b0ae9b8d9d85755','1227bd5a338400610aa726a11c9b433ce9b75684d7269182795fb29df228100b','e8ca1e42a6f4d8bcd67fb2ec4c4573756837107233ddd90b7f1dbabefb7384f0');
INSERT INTO entry VALUES(11,'2026-11-27T15:40:00Z','ben','{"after":1,"approval":"APPROVED","approved_by":"ben","chronology":"refuse","content_hash":"3f41b47bc387cb8fdd4eabbc6b1646cbcde8e04a55355794dea27f35ca31a033","counter":2,"currency":"EUR","due_date":"2026-12-04","everything":false,"first":1,"gross_total":"544.50","invoice_date":"2026-11-04","net_total":"450.00","period":"2026","seal":"1ad3c49e7be76dccecbc91a5c6e9ac1e2fa56bebc778f6541a851f6047cf347c","series":"invoices","step":1,"tax_total":"94.50"}','finalize','2026-11-27-1',2,'A-2','INV-2026-000002','4ce17dd9c3c4bab65c67061ad4e46344bd71183e0731ed9e9b0ae9b8d9d85755','e8ca1e42a6f4d8bcd67fb2ec4c4573756837107233ddd90b7f1dbabefb7384f0','46978e4ecab27721a38804c1a1cdbf5f7cd1e323b9c8d89131e001711196a648');
INSERT INTO entry VALUES(12,'2026-11-27T15:40:00Z','ben','{"after":2,"approval":"APPROVED","approved_by":"ben","chronology":"refuse","content_hash":"63ebeffb47c07dcf5e0cfa46ee9fe046860ee155dd6e47a2c967748ad0be4152","counter":3,"currency":"EUR","due_date":"2026-12-05","everything":false,"first":1,"gross_total":"1.20","invoice_date":"2026-11-05","net_total":"0.99","period":"2026","seal":"1a51309eb411876a6c955f650344464275d45157a8ccd48e3e1a5d3e1b1dbed2","series":"invoices","step":1,"tax_total":"0.21"}','finalize','2026-11-27-1',3,'A-3','INV-2026-000003','4ce17dd9c3c4bab65c67061ad4e46344bd71183e0731ed9e9b0ae9b8d9d85755','46978e4ecab27721a38804c1a1cdbf5f7cd1e323b9c8d89131e001711196a648','d230aa36e51a7295659f844427b508f8b1c026280b4148bb8491a4b2f8e6dca6');
INSERT INTO entry VALUES(13,'2026-11-27T15:40:00Z','ben','{"after":3,"approval":"APPROVED","approved_by":"ben","chronology":"refuse","content_hash":"57e8e45594c0d67973b209e04812204f2a8d5fd53d1d5bb051ccbbb982586ba6","counter":4,"currency":"EUR","due_date":"2026-12-06","everything":false,"first":1,"gross_total":"12.10","invoice_date":"2026-11-06","net_total":"10.00","period":"2026","seal":"7ade6bfe019c999219842e45e112aafee40b73f8583a7d9e9b3598a8768c2461","series":"invoices","step":1,"tax_total":"2.10"}','finalize','2026-11-27-1',4,'A-4','INV-2026-000004','4ce17dd9c3c4bab65c67061ad4e46344bd71183e0731ed9e9b0ae9b8d9d85755','d230aa36e51a7295659f844427b508f8b1c026280b4148bb8491a4b2f8e6dca6','a42d03641f975b85e967e22b33739bcb30d827f144d867a63ef1f6ac47f5631f');
CREATE INDEX batch_file ON batch (sha256);
CREATE UNIQUE INDEX invoice_number ON invoice (number);
CREATE UNIQUE INDEX invoice_in_batch ON invoice (batch, position);
CREATE UNIQUE INDEX invoice_counter ON invoice (series, period, counter) WHERE counter IS NOT NULL;
CREATE UNIQUE INDEX invoice_live_ref ON invoice (invoice_ref) WHERE status <> 'ARCHIVED';
CREATE INDEX entry_of_invoice ON entry (invoice_id, action);
CREATE TRIGGER guard_invoice_update BEFORE UPDATE ON invoice WHEN OLD.status = 'FINAL' BEGIN SELECT RAISE(ABORT, 'a final invoice never changes; correct it with a credit note'); END;
CREATE TRIGGER guard_invoice_delete BEFORE DELETE ON invoice WHEN OLD.status = 'FINAL' BEGIN SELECT RAISE(ABORT, 'a final invoice never changes; correct it with a credit note'); END;
CREATE TRIGGER guard_entry_update BEFORE UPDATE ON entry WHEN 1 BEGIN SELECT RAISE(ABORT, 'an entry of the audit chain never changes'); END;
CREATE TRIGGER guard_entry_delete BEFORE DELETE ON entry WHEN 1 BEGIN SELECT RAISE(ABORT, 'an entry of the audit chain never changes'); END;
CREATE TRIGGER guard_line_insert BEFORE INSERT ON line WHEN (SELECT status FROM invoice WHERE id = NEW.invoice_id) = 'FINAL' BEGIN SELECT RAISE(ABORT, 'a final invoice never changes; correct it with a credit note'); END;
CREATE TRIGGER guard_line_update BEFORE UPDATE ON line WHEN (SELECT status FROM invoice WHERE id = OLD.invoice_id) = 'FINAL' OR (SELECT status FROM invoice WHERE id = NEW.invoice_id) = 'FINAL' BEGIN SELECT RAISE(ABORT, 'a final invoice never changes; correct it with a credit note'); END;
CREATE TRIGGER guard_line_delete BEFORE DELETE ON line WHEN (SELECT status FROM invoice WHERE id = OLD.invoice_id) = 'FINAL' BEGIN SELECT RAISE(ABORT, 'a final invoice never changes; correct it with a credit note'); END;
CREATE TRIGGER guard_tax_insert BEFORE INSERT ON tax WHEN (SELECT status FROM invoice WHERE id = NEW.invoice_id) = 'FINAL' BEGIN SELECT RAISE(ABORT, 'a final invoice never changes; correct it with a credit note'); END;
CREATE TRIGGER guard_tax_update BEFORE UPDATE ON tax WHEN (SELECT status FROM invoice WHERE id = OLD.invoice_id) = 'FINAL' OR (SELECT status FROM invoice WHERE id = NEW.invoice_id) = 'FINAL' BEGIN SELECT RAISE(ABORT, 'a final invoice never changes; correct it with a credit note'); END;
CREATE TRIGGER guard_tax_delete BEFORE DELETE ON tax WHEN (SELECT status FROM invoice WHERE id = OLD.invoice_id) = 'FINAL' BEGIN SELECT RAISE(ABORT, 'a final invoice never changes; correct it with a credit note'); END;
COMMIT;
